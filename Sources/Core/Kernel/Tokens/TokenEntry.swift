// What the core remembers of a token.

internal import Clock
internal import Cryptography
internal import Network

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
