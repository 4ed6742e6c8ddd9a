// A mount of the method: its key, and what it keeps in memory for logins.

import Cryptography
import PluginSDK
import Synchronization

final class AppRoleMount: Sendable {
    let configuration: MountConfiguration
    private let roleNames = EntryCache<String>(capacity: Limits.cachedRoles)
    private let roles = EntryCache<Role>(capacity: Limits.cachedRoles)
    /// Those that can be used any number of times: a use of another one is a write anyway.
    let secretIDs = EntryCache<SecretID>(capacity: Limits.cachedSecretIDs)
    /// The mount's key; ids lie in storage as codes under it only.
    private let hasher = Mutex<HMACSHA256?>(nil)

    init(_ configuration: MountConfiguration) {
        self.configuration = configuration
    }

    /// Reads the mount's key, or makes it the first time.
    @Sendable func setUp(_ request: Request) throws -> Outcome {
        .read([StorageKey.mountKey]) { [self] entries in
            if let key = try entries.mountKey() {
                use(key)
                return .answer(.none)
            }
            let key = SecureRandom.bytes(Limits.mountKeyBytes)
            var batch = WriteBatch()
            batch.putMountKey(key)
            return .commit(batch) { [self] in
                use(key)
                return .answer(.none)
            }
        }
    }

    @Sendable func forget(_ key: String) {
        roleNames.remove(key)
        roles.remove(key)
        secretIDs.remove(key)
    }

    private func use(_ key: [UInt8]) {
        hasher.withLock { $0 = HMACSHA256(key: key) }
    }

    /// Where the name of the role with this id is.
    func roleIDKey(_ roleID: String) throws(PluginError) -> String {
        StorageKey.roleID(try code(1, [], roleID))
    }

    /// Where a secret id of the role is. The same secret id of another role is another entry.
    func secretIDKey(_ role: Role, _ secretID: String) throws(PluginError) -> String {
        StorageKey.secretID(role.key, code: try code(2, role.key, secretID))
    }

    /// The first byte tells what kind of id it is, and a role's key is always as long.
    private func code(
        _ kind: UInt8, _ roleKey: [UInt8], _ id: String
    ) throws(PluginError) -> String {
        var message = [kind] + roleKey + Array(id.utf8)
        defer { zero(&message) }
        let code = hasher.withLock { $0?.authenticate(message) }
        guard let code else {
            throw PluginError(.unavailable, "the mount is not set up yet")
        }
        return Hex.encode(code)
    }

    /// Goes on with the role that has this id, from memory where it is there.
    func withRole(
        id: String, then: @escaping @Sendable (String, Role) throws -> Outcome
    ) throws -> Outcome {
        try roleNames.read(roleIDKey(id), decode: readText) { [self] name in
            guard let name else { throw PluginError.invalidCredentials }
            return try roles.read(StorageKey.role(name), decode: Role.init(record:)) { role in
                guard let role, constantTimeEqual(Array(role.roleID.utf8), Array(id.utf8)) else {
                    throw PluginError.invalidCredentials
                }
                return try then(name, role)
            }
        }
    }
}

extension PluginError {
    /// One text for all: nobody learns which half was wrong.
    static let invalidCredentials = PluginError(.invalidRequest, "invalid role or secret ID")

    static func noSuchRole(_ name: String) -> PluginError {
        PluginError(.notFound, "role \"\(name)\" does not exist")
    }
}
