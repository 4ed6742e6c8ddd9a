// Namespaces come and are changed, one at a time.

internal import Barrier
internal import Cryptography
internal import Logging

extension NamespaceTable {
    /// The namespace at `path` below `parent`.
    func find(_ path: NamespacePath, below parent: Namespace) -> Namespace? {
        tree.value[path: parent.path + path.text]?.namespace
    }

    /// Makes a namespace below `parent`; one that is there gets the metadata, if there are any.
    func create(
        _ path: NamespacePath, below parent: Namespace, metadata: [String: String]?
    ) async throws(BackendFailure) -> Namespace {
        try await changes.withLock { () async throws(BackendFailure) -> Namespace in
            if var known = self.find(path, below: parent) {
                try Self.checkCondition(known)
                guard let metadata else { return known }
                known.customMetadata = metadata
                try await self.store(known)
                return known
            }
            let full = parent.path + path.text
            guard full.utf8.count <= KernelLimits.namespacePathBytes else {
                throw BackendFailure(.invalidRequest, "the namespace's path is too long")
            }
            guard self.tree.value.count < KernelLimits.namespaces else {
                throw BackendFailure(.invalidRequest, "there are too many namespaces")
            }
            var new = Namespace(id: self.newID(), uuid: UUID128(), path: full)
            new.customMetadata = metadata ?? [:]
            guard let above = self.parent(of: new) else {
                throw BackendFailure(.invalidRequest, "parent namespace does not exist")
            }
            try Self.checkCondition(above.namespace)
            let name = above.namespace.relativePath(of: new)
            let made = new
            // No mount may come to lie there meanwhile.
            try await self.state(of: above).mounts.reserving(name) {
                () async throws(BackendFailure) in
                try await self.bear(made)
                self.publish(self.tree.value.setting(made))
            }
            self.surroundings.logger.info(
                "namespace created", metadata: ["path": "\(full)", "id": "\(new.id)"])
            return made
        }
    }

    /// Changes what people wrote about a namespace.
    func patch(
        _ path: NamespacePath, below parent: Namespace,
        _ change: @escaping @Sendable (inout [String: String]) throws(BackendFailure) -> Void
    ) async throws(BackendFailure) -> Namespace {
        try await changes.withLock { () async throws(BackendFailure) -> Namespace in
            guard var known = self.find(path, below: parent) else { throw Self.notFound }
            try Self.checkCondition(known)
            try change(&known.customMetadata)
            try await self.store(known)
            return known
        }
    }

    static var notFound: BackendFailure { BackendFailure(.notFound, "namespace not found") }

    static func checkCondition(_ namespace: Namespace) throws(BackendFailure) {
        guard namespace.condition == .active else {
            throw BackendFailure(
                .invalidRequest, "namespace \"\(namespace.path)\" is being deleted")
        }
    }

    /// Stores a changed record, then lets requests see it. Called with the lock held.
    func store(_ namespace: Namespace) async throws(BackendFailure) {
        try await surroundings.barrier.put(Self.folder + namespace.id, namespace.encoded())
        publish(tree.value.setting(namespace))
    }

    /// Writes everything that a namespace cannot be without, at once.
    private func bear(_ namespace: Namespace) async throws(BackendFailure) {
        let barrier = surroundings.barrier
        var secret = SecureRandom.bytes(Barrier.namespaceKeyBytes)
        var batch = BarrierBatch()
        let key = Self.folder + namespace.id
        batch.preconditions.append((key, 0))
        batch.puts.append((key, namespace.encoded()))
        batch.puts.append((Self.keyFolder + namespace.id, secret))
        batch.puts.append(TokenStore.salt(namespace))
        barrier.addNamespaceKey(SecretBytes(erasing: &secret), for: namespace.id)
        do throws(BackendFailure) { try await barrier.write(batch) } catch {
            barrier.removeNamespaceKey(for: namespace.id)
            throw error
        }
    }

    private func newID() -> String {
        let tree = tree.value
        while true {
            let id = Base62.random(Namespace.idCharacters)
            if tree[id: id] == nil { return id }
        }
    }
}
