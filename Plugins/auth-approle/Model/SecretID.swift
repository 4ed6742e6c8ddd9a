// A secret id as it is kept: all but the secret.

import JSON
import Network
import PluginSDK

struct SecretID: Sendable {
    /// Names it to people who must not log in with it.
    let accessor: String
    let created: Timestamp
    var updated: Timestamp
    /// 0 is for ever.
    let ttlSeconds: Int
    /// How often it can still be used; 0 is any number.
    var usesLeft: Int
    var metadata: [TextPair] = []
    /// Where logins with it may come from.
    var boundCIDRs = AddressBlocks.none
    /// Where tokens that it makes may be used from, instead of what the role says.
    var tokenBoundCIDRs = AddressBlocks.none

    var expires: Timestamp? {
        ttlSeconds > 0 ? created.adding(seconds: Int64(ttlSeconds)) : nil
    }

    func isExpired(_ now: Timestamp) -> Bool {
        expires.map { $0 <= now } ?? false
    }

    /// What a look-up shows.
    var json: JSONValue {
        [
            "secret_id_accessor": .string(accessor),
            "secret_id_num_uses": .int(usesLeft),
            "secret_id_ttl": .int(ttlSeconds),
            "creation_time": .string(created.rfc3339),
            "expiration_time": .string(expires?.rfc3339 ?? "0001-01-01T00:00:00Z"),
            "last_updated_time": .string(updated.rfc3339),
            "metadata": .object(JSONObject(metadata.map { ($0.name, .string($0.value)) })),
            "cidr_list": .strings(boundCIDRs.texts),
            "token_bound_cidrs": .strings(tokenBoundCIDRs.texts),
        ]
    }
}
