// Changes of roles, with Vault's rules.

internal import Cryptography

/// What a request says about a role; what it leaves out stays.
struct OIDCRoleSettings: Sendable {
    var keyName: OIDCName?
    var template: OIDCTemplate?
    var ttlSeconds: Int64?
    var clientID: String?
}

extension OIDCStore {
    /// A client id as the server makes them.
    private static let clientIDCharacters = 27

    /// Makes a role or changes one. Its key may be made later: the key has to name the role's
    /// client id, which the server may have chosen.
    func putRole(
        _ name: OIDCName, _ settings: OIDCRoleSettings, now: Int64
    ) async throws(BackendFailure) {
        try await change { change throws(BackendFailure) in
            let old = change.table.roles[name]
            guard old != nil || change.table.roles.count < KernelLimits.identityTokenRoles else {
                throw BackendFailure(.invalidRequest, "there are too many roles")
            }
            guard let keyName = settings.keyName ?? old?.keyName else {
                throw BackendFailure(.invalidRequest, "the key parameter is required")
            }
            let role = OIDCRole(
                name: name, keyName: keyName,
                template: settings.template ?? old?.template ?? .empty,
                ttlSeconds: settings.ttlSeconds ?? old?.ttlSeconds ?? OIDCRole.defaultTTLSeconds,
                clientID: try Self.clientID(settings.clientID ?? old?.clientID ?? ""))
            guard role.ttlSeconds > 0 else {
                throw BackendFailure(.invalidRequest, "ttl must be positive")
            }
            if var key = change.table.keys[keyName] {
                guard role.ttlSeconds <= key.verificationTTLSeconds else {
                    throw BackendFailure(
                        .invalidRequest,
                        "a role's token ttl cannot be longer than the verification_ttl of the key "
                            + "it references")
                }
                if key.pairs == nil {
                    try key.makePairs(now: now)
                    try change.put(key)
                }
            }
            change.put(role)
        }
    }

    private static func clientID(_ given: String) throws(BackendFailure) -> String {
        guard given.utf8.count <= KernelLimits.identityTokenClientBytes else {
            throw BackendFailure(.invalidRequest, "client_id is longer than 512 bytes")
        }
        return given.isEmpty ? Base62.random(clientIDCharacters) : given
    }

    func deleteRole(_ name: OIDCName) async throws(BackendFailure) {
        try await change { change throws(BackendFailure) in change.removeRole(name) }
    }
}
