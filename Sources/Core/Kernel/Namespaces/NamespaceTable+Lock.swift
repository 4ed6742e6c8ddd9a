// An administrator takes a namespace's API out of service, and gives it back.

internal import Cryptography
internal import Logging

extension NamespaceTable {
    /// Locks a namespace with all below it. Gives the key that unlocks it; only its digest is kept.
    func lock(_ namespace: Namespace) async throws(BackendFailure) -> String {
        let key = Base62.random(24)
        try await change(namespace) { known throws(BackendFailure) in
            guard known.lock == nil else {
                throw BackendFailure(
                    .invalidRequest, "namespace \"\(known.path)\" is already locked")
            }
            known.lock = SHA256.hash(Array(key.utf8))
        }
        surroundings.logger.warning(
            "namespace locked", metadata: ["path": "\(namespace.path)"])
        return key
    }

    /// - Parameter key: `nil` for somebody who may do without it.
    func unlock(_ namespace: Namespace, key: String?) async throws(BackendFailure) {
        try await change(namespace) { known throws(BackendFailure) in
            guard let lock = known.lock else {
                throw BackendFailure(.invalidRequest, "namespace \"\(known.path)\" is not locked")
            }
            if let key, !constantTimeEqual(SHA256.hash(Array(key.utf8)), lock) {
                throw BackendFailure(.permissionDenied, "incorrect unlock key")
            }
            known.lock = nil
        }
        surroundings.logger.warning(
            "namespace unlocked", metadata: ["path": "\(namespace.path)"])
    }

    private func change(
        _ namespace: Namespace,
        _ edit: @escaping @Sendable (inout Namespace) throws(BackendFailure) -> Void
    ) async throws(BackendFailure) {
        if namespace.isRoot {
            throw BackendFailure(.invalidRequest, "the root namespace cannot be locked")
        }
        try await changes.withLock { () async throws(BackendFailure) in
            guard let node = self.tree.value[id: namespace.id] else { throw Self.notFound }
            var known = node.namespace
            try Self.checkCondition(known)
            let above = self.parent(of: known)?.lockedBy
            if let above {
                throw BackendFailure(
                    .invalidRequest,
                    "namespace \"\(above)\" is locked and must be unlocked first")
            }
            try edit(&known)
            try await self.store(known)
        }
    }
}
