// Changes of named keys, with Vault's rules.

internal import Cryptography

/// What a request says about a named key; what it leaves out stays.
struct OIDCKeySettings: Sendable {
    var algorithm: JWSAlgorithm?
    var rotationPeriodSeconds: Int64?
    var verificationTTLSeconds: Int64?
    var allowedClientIDs: [String]?
}

extension OIDCStore {
    /// Makes a named key or changes one.
    func putKey(
        _ name: OIDCName, _ settings: OIDCKeySettings, now: Int64
    ) async throws(BackendFailure) {
        try await change { change throws(BackendFailure) in
            let old = change.table.keys[name]
            guard old != nil || change.table.keys.count < KernelLimits.identityTokenKeys else {
                throw BackendFailure(.invalidRequest, "there are too many named keys")
            }
            var key = old ?? .fresh(name)
            if let period = settings.rotationPeriodSeconds { key.rotationPeriodSeconds = period }
            if let ttl = settings.verificationTTLSeconds { key.verificationTTLSeconds = ttl }
            if let clients = settings.allowedClientIDs {
                key.allowedClientIDs = try Self.checked(clients)
            }
            try key.checkPeriods()
            try Self.checkLifetimes(key, change.table)
            if let algorithm = settings.algorithm { try key.change(to: algorithm, now: now) }
            // The key that is always there gets its pairs when somebody needs them.
            if key.name != .default { try key.makePairs(now: now) }
            _ = key.bringTimesForward(now: now)
            try change.put(key)
        }
    }

    private static func checked(_ clients: [String]) throws(BackendFailure) -> [String] {
        guard clients.count <= KernelLimits.identityTokenClients,
            clients.allSatisfy({ $0.utf8.count <= KernelLimits.identityTokenClientBytes })
        else {
            throw BackendFailure(.invalidRequest, "allowed_client_ids are too many or too long")
        }
        var kept: [String] = []
        var seen: Set<[UInt8]> = []
        for client in clients where seen.insert(Array(client.utf8)).inserted { kept.append(client) }
        return kept
    }

    /// A token must be verifiable as long as it lives.
    private static func checkLifetimes(
        _ key: OIDCNamedKey, _ table: Table
    ) throws(BackendFailure) {
        let limit = key.verificationTTLSeconds
        guard table.roles(using: key.name).allSatisfy({ $0.ttlSeconds <= limit }) else {
            throw BackendFailure(
                .invalidRequest,
                "unable to update key \"\(key.name.text)\" because it is currently referenced by "
                    + "one or more roles with a token ttl greater than \(limit) seconds")
        }
    }

    func deleteKey(_ name: OIDCName) async throws(BackendFailure) {
        guard name != .default else {
            throw BackendFailure(.invalidRequest, "deletion of the default key is not allowed")
        }
        try await change { change throws(BackendFailure) in
            guard let key = change.table.keys[name] else { return }
            let roles = change.table.roles(using: name).map(\.name.text)
            guard roles.isEmpty else {
                throw BackendFailure(
                    .invalidRequest,
                    "unable to delete key \"\(name.text)\" because it is currently referenced by "
                        + "these roles: " + roles.joined(separator: ", "))
            }
            try change.remove(key)
        }
    }

    /// Rotates at once; `lifetime` overrides the key's own verification_ttl this time.
    func rotateKey(
        _ name: OIDCName, lifetimeSeconds lifetime: Int64?, now: Int64
    ) async throws(BackendFailure) {
        try await change { change throws(BackendFailure) in
            guard var key = change.table.keys[name] else {
                throw BackendFailure(
                    .invalidRequest, "no named key found at \"\(name.text)\"")
            }
            try key.rotate(now: now, lifetimeSeconds: lifetime ?? key.verificationTTLSeconds)
            try change.put(key)
        }
    }

    /// The key with its pairs, which are made now if nobody has needed them before.
    func keyWithPairs(
        _ name: OIDCName, now: Int64
    ) async throws(BackendFailure) -> OIDCNamedKey? {
        guard let key = table.keys[name], key.pairs == nil else { return table.keys[name] }
        return try await change { change throws(BackendFailure) in
            guard var key = change.table.keys[name] else { return nil }
            guard key.pairs == nil else { return key }
            try key.makePairs(now: now)
            try change.put(key)
            return key
        }
    }
}

extension OIDCNamedKey {
    fileprivate static func fresh(_ name: OIDCName) -> OIDCNamedKey {
        OIDCNamedKey(
            name: name, algorithm: .rs256, rotationPeriodSeconds: defaultPeriodSeconds,
            verificationTTLSeconds: defaultPeriodSeconds, allowedClientIDs: [])
    }
}
