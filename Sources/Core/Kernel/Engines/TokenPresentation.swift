// A token as the API shows it.

internal import Clock
internal import Cryptography
internal import JSON
internal import Network

enum TokenPresentation {
    /// The envelope's `auth` after a token was made or renewed.
    static func auth(
        _ entry: TokenEntry, secret: SecretBytes?, identityPolicies: [String], now: Int64
    ) -> JSONValue {
        let all =
            identityPolicies.isEmpty
            ? entry.policies : PolicyList(checked: entry.policies + identityPolicies).sorted
        var auth = JSONObject([
            (
                "client_token",
                .string(secret?.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } ?? "")
            ),
            ("accessor", .string(entry.accessor)),
            ("policies", strings(all)),
            ("token_policies", strings(entry.policies)),
            ("metadata", entry.metadata.isEmpty ? .null : map(entry.metadata)),
            ("lease_duration", number(entry.remainingSeconds(at: now))),
            ("renewable", .bool(entry.isRenewable)),
            ("entity_id", .string(entry.entityID)),
            ("token_type", .string(entry.kind.rawValue)),
            ("orphan", .bool(entry.isOrphan)),
            ("mfa_requirement", .null),
            ("num_uses", number(max(0, entry.usesLeft))),
        ])
        if !identityPolicies.isEmpty { auth["identity_policies"] = strings(identityPolicies) }
        return .object(auth)
    }

    /// What look-ups answer.
    static func lookup(
        _ entry: TokenEntry, secret: SecretBytes?, namespacePath: String,
        identityPolicies: [String], now: Int64
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("accessor", entry.accessor)
        if !entry.boundCIDRs.isEmpty {
            writer.member("bound_cidrs", entry.boundCIDRs.map(\.text))
        }
        writer.member("creation_time", Int(entry.createdAt))
        writer.member("creation_ttl", Int(entry.creationTTLSeconds))
        writer.member("display_name", entry.displayName)
        writer.member("entity_id", entry.entityID)
        writer.member(
            "expire_time",
            entry.expiresAt == 0 ? .null : .string(Timestamp(seconds: entry.expiresAt).rfc3339))
        writer.member("explicit_max_ttl", Int(entry.explicitMaxTTLSeconds))
        writer.key("id")
        if let secret {
            secret.withUnsafeBytes { writer.string(String(decoding: $0, as: UTF8.self)) }
        } else {
            writer.string("")
        }
        if !identityPolicies.isEmpty {
            writer.member("identity_policies", identityPolicies)
        }
        if entry.expiresAt != 0 {
            writer.member("issue_time", Timestamp(seconds: entry.createdAt).rfc3339)
        }
        if entry.lastRenewedAt != 0 {
            writer.member("last_renewal", Timestamp(seconds: entry.lastRenewedAt).rfc3339)
            writer.member("last_renewal_time", Int(entry.lastRenewedAt))
        }
        writer.member("meta", entry.metadata.isEmpty ? .null : map(entry.metadata))
        if !namespacePath.isEmpty { writer.member("namespace_path", namespacePath) }
        writer.member("num_uses", Int(max(0, entry.usesLeft)))
        writer.member("orphan", entry.isOrphan)
        writer.member("path", entry.path)
        if entry.periodSeconds > 0 { writer.member("period", Int(entry.periodSeconds)) }
        writer.member("policies", strings(entry.policies))
        writer.member("renewable", entry.isRenewable)
        if !entry.role.isEmpty { writer.member("role", entry.role) }
        writer.member("ttl", Int(entry.remainingSeconds(at: now)))
        writer.member("type", entry.kind.rawValue)
        writer.endObject()
        return writer.bytes
    }

    private static func strings(_ values: [String]) -> JSONValue {
        .array(values.map { .string($0) })
    }

    private static func map(_ values: [String: String]) -> JSONValue {
        .object(JSONObject(values.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }

    private static func number(_ value: Int64) -> JSONValue { .number(JSONNumber(Int(value))) }
}
