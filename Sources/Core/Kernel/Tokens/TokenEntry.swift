// What the core remembers of a token, and its form behind the barrier.

internal import Clock
internal import Cryptography
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
    var kind = TokenKind.service
    /// Where it may be used from; empty is everywhere.
    var boundCIDRs: [CIDRBlock] = []
    /// The token role that it was made with; its renewals follow that role.
    var role = ""
    /// The login that it came of; its renewals ask that auth method.
    var login: TokenLogin?

    /// A batch token: not stored, not renewable, without accessor and cubbyhole.
    var isBatch: Bool { kind == .batch }
    var isOrphan: Bool { parent.isEmpty }
    var isRoot: Bool { policies == ["root"] }

    func isExpired(at now: Int64) -> Bool { expiresAt != 0 && expiresAt <= now }

    /// `seconds` after `start`, held at the end of time.
    static func time(_ start: Int64, plus seconds: Int64) -> Int64 {
        Timestamp(seconds: start).adding(seconds: seconds).seconds
    }

    /// Seconds left, 0 for a token without an end.
    func remainingSeconds(at now: Int64) -> Int64 { expiresAt == 0 ? 0 : max(0, expiresAt - now) }

    /// Whether it may be used from this address. A root token without an end is bound to none, so
    /// that nobody locks themselves out for good.
    func admits(_ remoteAddress: String) -> Bool {
        boundCIDRs.isEmpty || (isRoot && expiresAt == 0) || boundCIDRs.admit(remoteAddress)
    }
}

/// What an auth method wants to know again when a token of its making is renewed.
struct TokenLogin: Sendable, Equatable {
    /// The mount may be moved; its id stays.
    var mountID: UUID128
    /// The path that was logged in at, below the mount.
    var path: String
    /// What the auth method gave with the login.
    var internalData: [UInt8]
    /// The lifetime and its maximum as the auth method gave them; 0 is "the mount's".
    var ttlSeconds: Int64
    var maxTTLSeconds: Int64
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
        if !boundCIDRs.isEmpty { writer.member("cidrs", boundCIDRs.map(\.text)) }
        if !role.isEmpty { writer.member("role", role) }
        if let login { writer.member("login", login.json) }
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
        boundCIDRs = try Self.blocks(value["cidrs"])
        role = text("role")
        login = try value["login"].map { json throws(BackendFailure) in
            try TokenLogin(decoding: json)
        }
    }

    /// A range that cannot be read must not become "everywhere".
    static func blocks(_ value: JSONValue?) throws(BackendFailure) -> [CIDRBlock] {
        guard let value else { return [] }
        var blocks: [CIDRBlock] = []
        for element in value.arrayValue ?? [value] {
            guard let block = element.stringValue.flatMap({ CIDRBlock($0) }) else {
                throw BackendFailure(.internalError, "a stored token's address range is broken")
            }
            blocks.append(block)
        }
        return blocks
    }
}

extension TokenLogin {
    fileprivate var json: JSONValue {
        [
            "mount": .string(mountID.text), "path": .string(path),
            "data": .string(Base64.encode(internalData)),
            "ttl": .int(Int(ttlSeconds)), "max_ttl": .int(Int(maxTTLSeconds)),
        ]
    }

    fileprivate init(decoding value: JSONValue) throws(BackendFailure) {
        guard let mountID = value["mount"]?.stringValue.flatMap({ UUID128($0) }),
            let data = value["data"]?.stringValue.flatMap({ Base64.decode($0) })
        else { throw BackendFailure(.internalError, "a stored token's login is broken") }
        self.init(
            mountID: mountID, path: value["path"]?.stringValue ?? "", internalData: data,
            ttlSeconds: Int64(value["ttl"]?.intValue ?? 0),
            maxTTLSeconds: Int64(value["max_ttl"]?.intValue ?? 0))
    }
}
