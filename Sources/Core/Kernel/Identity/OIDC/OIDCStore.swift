// The named keys and roles of one namespace, in memory, with what is stored of them.

internal import Barrier
internal import Cryptography
internal import JSON

/// What signs identity tokens.
///
/// Below `<namespace>/identity/oidc/` are `config`, `key/<name>`, `private/<key id>` with one
/// private key each, and `role/<name>`. A change is one atomic batch, so that a public key is never
/// published whose private key is not there, nor the other way round.
final class OIDCStore: Sendable {
    struct Table: Sendable {
        var issuer = OIDCIssuer.unset
        var keys: [OIDCName: OIDCNamedKey] = [.default: .builtIn]
        var roles: [OIDCName: OIDCRole] = [:]

        func roles(using key: OIDCName) -> [OIDCRole] {
            roles.values.filter { $0.keyName == key }.sorted { $0.name.text < $1.name.text }
        }
    }

    private let barrier: Barrier
    private let prefix: String
    private let current: Snapshot<Table>
    private let changes = AsyncLock()

    init(barrier: Barrier, namespacePrefix: String) throws(BackendFailure) {
        self.barrier = barrier
        prefix = namespacePrefix + "identity/oidc/"
        current = Snapshot(try Self.load(barrier, prefix))
    }

    private static func load(
        _ barrier: Barrier, _ prefix: String
    ) throws(BackendFailure) -> Table {
        var table = Table()
        if let stored = try barrier.read(prefix + "config") {
            guard let base = (try? JSONValue(parsing: stored.value))?["issuer"]?.stringValue else {
                throw BackendFailure(
                    .internalError, "the stored configuration of identity tokens cannot be read")
            }
            table.issuer = try OIDCIssuer(base)
        }
        try barrier.forEachName(in: prefix + "key/") { text throws(BackendFailure) in
            guard let stored = try barrier.read(prefix + "key/" + text) else { return }
            let name = try OIDCName(text)
            table.keys[name] = try OIDCNamedKey(name: name, decoding: stored.value) {
                id throws(BackendFailure) in
                guard var bytes = try barrier.read(prefix + "private/" + id)?.value else {
                    return nil
                }
                return SecretBytes(erasing: &bytes)
            }
        }
        try barrier.forEachName(in: prefix + "role/") { text throws(BackendFailure) in
            guard let stored = try barrier.read(prefix + "role/" + text) else { return }
            let name = try OIDCName(text)
            table.roles[name] = try OIDCRole(name: name, decoding: stored.value)
        }
        return table
    }

    /// Everything as it is now.
    var table: Table { current.value }

    // MARK: Change

    /// A change being put together: the table as it will be, and what has to be written for it.
    struct Change {
        var table: Table
        fileprivate var puts: [String: [UInt8]] = [:]
        fileprivate var deletes: Set<String> = []

        fileprivate init(_ table: Table) { self.table = table }

        mutating func set(_ issuer: OIDCIssuer) {
            table.issuer = issuer
            puts["config"] = JSONValue.object(["issuer": .string(issuer.base)]).encoded()
        }

        mutating func put(_ key: OIDCNamedKey) throws(BackendFailure) {
            try replacePrivateKeys(of: table.keys[key.name], with: key)
            puts["key/" + key.name.text] = key.encoded()
            table.keys[key.name] = key
        }

        mutating func remove(_ key: OIDCNamedKey) throws(BackendFailure) {
            try replacePrivateKeys(of: key, with: nil)
            deletes.insert("key/" + key.name.text)
            table.keys[key.name] = nil
        }

        mutating func put(_ role: OIDCRole) {
            puts["role/" + role.name.text] = role.encoded()
            table.roles[role.name] = role
        }

        mutating func removeRole(_ name: OIDCName) {
            guard table.roles.removeValue(forKey: name) != nil else { return }
            deletes.insert("role/" + name.text)
        }

        /// A private key is gone as soon as it signs no more.
        private mutating func replacePrivateKeys(
            of old: OIDCNamedKey?, with new: OIDCNamedKey?
        ) throws(BackendFailure) {
            let (before, after) = (old?.pairList ?? [], new?.pairList ?? [])
            for pair in before where !after.contains(where: { $0.keyID == pair.keyID }) {
                deletes.insert("private/" + pair.keyID)
            }
            for pair in after where !before.contains(where: { $0.keyID == pair.keyID }) {
                do throws(CryptoError) {
                    puts["private/" + pair.keyID] = try pair.privateKey.pkcs8().exposedBytes()
                } catch {
                    throw BackendFailure(.internalError, "a signing key cannot be stored: \(error)")
                }
            }
        }
    }

    /// Changes the table: stored first, then seen by requests.
    @discardableResult
    func change<Result: Sendable>(
        growth: BarrierGrowth = .bounded,
        _ edit: @escaping @Sendable (inout Change) throws(BackendFailure) -> Result
    ) async throws(BackendFailure) -> Result {
        try await changes.withLock { () async throws(BackendFailure) in
            var change = Change(self.table)
            let result = try edit(&change)
            var batch = BarrierBatch(growth: growth)
            for (key, value) in change.puts { batch.puts.append((self.prefix + key, value)) }
            for key in change.deletes { batch.deletes.append(self.prefix + key) }
            change.puts = [:]
            defer { for place in batch.puts.indices { zero(&batch.puts[place].value) } }
            if !batch.puts.isEmpty || !batch.deletes.isEmpty {
                try await self.barrier.write(batch)
                self.current.store(change.table)
            }
            return result
        }
    }
}

extension OIDCNamedKey {
    fileprivate var pairList: [OIDCKeyPair] { pairs.map { [$0.signing, $0.next] } ?? [] }
}
