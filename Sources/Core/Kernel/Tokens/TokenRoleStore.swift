// The token roles of one namespace.

internal import Barrier
internal import Cryptography

/// Roles below `<namespace>/token-role/`, named by their names in hexadecimal. They are read from
/// storage when they are used, so that nothing has to be kept in step.
final class TokenRoleStore: Sendable {
    private let barrier: Barrier
    private let prefix: String
    private let changes = AsyncLock()

    init(barrier: Barrier, namespacePrefix: String) {
        self.barrier = barrier
        self.prefix = namespacePrefix + "token-role/"
    }

    private func key(_ name: String) -> String { prefix + Hex.encode(Array(name.utf8)) }

    func find(_ name: String) throws(BackendFailure) -> TokenRole? {
        guard !name.isEmpty, name.utf8.count <= KernelLimits.tokenRoleNameBytes,
            let stored = try barrier.read(key(name))
        else { return nil }
        return try TokenRole(decoding: stored.value)
    }

    /// Changes a role, or makes it. Changes wait for each other, so that none is lost.
    func change(
        _ name: String, _ edit: @escaping @Sendable (inout TokenRole) throws(BackendFailure) -> Void
    ) async throws(BackendFailure) -> TokenRole {
        try await changes.withLock { () async throws(BackendFailure) in
            var role = try self.find(name) ?? TokenRole(name: name)
            try edit(&role)
            try await self.barrier.put(self.key(name), role.encoded())
            return role
        }
    }

    func delete(_ name: String) async throws(BackendFailure) {
        try await barrier.delete(key(name))
    }

    /// All names in byte order.
    func names() throws(BackendFailure) -> [String] {
        var names: [String] = []
        try barrier.forEachName(in: prefix) { name throws(BackendFailure) in
            guard let bytes = Hex.decode(name) else { return }
            names.append(String(decoding: bytes, as: UTF8.self))
        }
        return names
    }
}
