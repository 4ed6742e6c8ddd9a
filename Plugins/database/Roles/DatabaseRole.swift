// What a role says of the users that are made by it.

import JSON
import PluginSDK

struct DatabaseRole: Sendable {
    var database = ""
    var creation: [String] = []
    var revocation: [String] = []
    var rollback: [String] = []
    var renewal: [String] = []
    /// 0 leaves them to the mount.
    var defaultTTLSeconds = 0
    var maxTTLSeconds = 0
    var credential = CredentialSettings.usual

    init() {}

    init(decoding bytes: [UInt8]) throws(PluginError) {
        guard let json = try? JSONValue(parsing: bytes),
            let database = json["db_name"]?.stringValue
        else { throw PluginError(.internalError, "the stored role is damaged") }
        self.database = database
        creation = json["creation_statements"].strings
        revocation = json["revocation_statements"].strings
        rollback = json["rollback_statements"].strings
        renewal = json["renew_statements"].strings
        defaultTTLSeconds = json["default_ttl"]?.intValue ?? 0
        maxTTLSeconds = json["max_ttl"]?.intValue ?? 0
        credential = try CredentialSettings(decoding: json)
    }

    /// As it is stored, and without secrets as it is shown.
    func json(showsSecrets: Bool) -> JSONValue {
        var object: JSONObject = [
            "db_name": .string(database), "creation_statements": .strings(creation),
            "revocation_statements": .strings(revocation),
            "rollback_statements": .strings(rollback), "renew_statements": .strings(renewal),
            "default_ttl": .int(defaultTTLSeconds), "max_ttl": .int(maxTTLSeconds),
        ]
        credential.describe(in: &object, showsSecrets: showsSecrets)
        return .object(object)
    }

    /// How long a user of the role lives if nothing else is said, for its VALID UNTIL.
    func ttlSeconds(_ mount: DatabaseMount) -> Int64 {
        let wanted = defaultTTLSeconds > 0 ? UInt64(defaultTTLSeconds) : mount.defaultTTLSeconds
        let bounds = [UInt64(max(0, maxTTLSeconds)), mount.maxTTLSeconds].filter { $0 > 0 }
        return Int64(clamping: min(wanted, bounds.min() ?? wanted))
    }
}
