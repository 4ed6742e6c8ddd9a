// What the core remembers of a token, and its form behind the barrier.

internal import Clock
internal import JSON

/// A token without its secret.
struct TokenEntry: Sendable, Equatable {
    var accessor: String
    var policies: [String]
    /// The path that made it, such as `auth/token/create`.
    var path: String
    var displayName: String
    var metadata: [String: String]
    var createdAt: Int64
    /// Lifetime at creation or at the last renewal; 0 is for ever.
    var ttlSeconds: Int64
    /// Lifetime as first asked for.
    var creationTTLSeconds: Int64
    var explicitMaxTTLSeconds: Int64
    var periodSeconds: Int64
    /// 0 is "never".
    var expiresAt: Int64
    var lastRenewedAt: Int64
    /// Uses left; 0 is without limit, -1 is used up and about to be revoked.
    var usesLeft: Int64
    var isRenewable: Bool
    /// Digest name of the parent; empty for orphans.
    var parent: String
    /// Set when its revocation has begun; from then on it opens nothing, whatever else happens.
    var isRevoking: Bool
    /// The entity that it belongs to; empty for tokens without one.
    var entityID = ""

    var isOrphan: Bool { parent.isEmpty }
    var isRoot: Bool { policies == ["root"] }

    func isExpired(at now: Int64) -> Bool { expiresAt != 0 && expiresAt <= now }

    /// Seconds left, 0 for a token without an end.
    func remainingSeconds(at now: Int64) -> Int64 { expiresAt == 0 ? 0 : max(0, expiresAt - now) }
}

extension TokenEntry {
    /// Version of the stored form; a newer one is refused instead of being half understood.
    private static let formatVersion = 1

    func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("v", Self.formatVersion)
        writer.member("accessor", accessor)
        writer.member("policies", JSONValue.array(policies.map { .string($0) }))
        writer.member("path", path)
        writer.member("display_name", displayName)
        writer.member(
            "meta",
            JSONValue.object(
                JSONObject(metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
        )
        writer.member("created", Int(createdAt))
        writer.member("ttl", Int(ttlSeconds))
        writer.member("creation_ttl", Int(creationTTLSeconds))
        writer.member("explicit_max_ttl", Int(explicitMaxTTLSeconds))
        writer.member("period", Int(periodSeconds))
        writer.member("expires", Int(expiresAt))
        writer.member("renewed", Int(lastRenewedAt))
        writer.member("uses", Int(usesLeft))
        writer.member("renewable", isRenewable)
        writer.member("parent", parent)
        writer.member("revoking", isRevoking)
        if !entityID.isEmpty { writer.member("entity", entityID) }
        writer.endObject()
        return writer.bytes
    }

    init(decoding bytes: [UInt8]) throws(BackendFailure) {
        guard let value = try? JSONValue(parsing: bytes), value["v"]?.intValue == Self.formatVersion
        else {
            throw BackendFailure(
                .internalError, "a stored token has a form that this version does not know")
        }
        func integer(_ name: String) -> Int64 { Int64(value[name]?.intValue ?? 0) }
        func text(_ name: String) -> String { value[name]?.stringValue ?? "" }
        accessor = text("accessor")
        policies = value["policies"]?.arrayValue?.compactMap(\.stringValue) ?? []
        path = text("path")
        displayName = text("display_name")
        metadata = [:]
        for member in value["meta"]?.objectValue?.members ?? [] {
            metadata[member.key] = member.value.stringValue
        }
        createdAt = integer("created")
        ttlSeconds = integer("ttl")
        creationTTLSeconds = integer("creation_ttl")
        explicitMaxTTLSeconds = integer("explicit_max_ttl")
        periodSeconds = integer("period")
        expiresAt = integer("expires")
        lastRenewedAt = integer("renewed")
        usesLeft = integer("uses")
        isRenewable = value["renewable"]?.boolValue ?? false
        parent = text("parent")
        isRevoking = value["revoking"]?.boolValue ?? false
        entityID = text("entity")
    }
}
