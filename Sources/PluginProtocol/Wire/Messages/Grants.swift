// What an engine asks the core to grant beside its answer: a lease on a secret, or a login.

public struct LeaseGrant: Sendable, Equatable {
    public var ttlSeconds: UInt64
    public var maxTTLSeconds: UInt64
    public var renewable: Bool
    /// Comes back with the renewal and the revocation; the client never sees it.
    public var internalData: [UInt8]

    public init(
        ttlSeconds: UInt64, maxTTLSeconds: UInt64 = 0, renewable: Bool = true,
        internalData: [UInt8] = []
    ) {
        self.ttlSeconds = ttlSeconds
        self.maxTTLSeconds = maxTTLSeconds
        self.renewable = renewable
        self.internalData = internalData
    }
}

public enum TokenType: UInt8, Sendable, Hashable, CaseIterable {
    /// What the mount is set to.
    case mountDefault = 0
    case service = 1
    case batch = 2
}

public struct AuthGrant: Sendable, Equatable {
    public var policies: [String]
    public var displayName: String
    public var metadata: [TextPair]
    public var ttlSeconds: UInt64
    public var maxTTLSeconds: UInt64
    public var periodSeconds: UInt64
    public var explicitMaxTTLSeconds: UInt64
    public var renewable: Bool
    public var aliasName: String
    public var aliasMetadata: [TextPair]
    public var numUses: UInt32
    public var boundCIDRs: [String]
    public var tokenType: TokenType
    public var noDefaultPolicy: Bool
    /// Comes back with the renewal; the client never sees it.
    public var internalData: [UInt8]
    /// The groups, by the names that external groups have at this mount, that whoever logs in
    /// belongs to now. With each login and each renewal that has a grant they replace the ones
    /// before.
    public var groupAliases: [String]

    public init(
        policies: [String], displayName: String = "", metadata: [TextPair] = [],
        ttlSeconds: UInt64 = 0, maxTTLSeconds: UInt64 = 0, periodSeconds: UInt64 = 0,
        explicitMaxTTLSeconds: UInt64 = 0, renewable: Bool = true, aliasName: String = "",
        aliasMetadata: [TextPair] = [], numUses: UInt32 = 0, boundCIDRs: [String] = [],
        tokenType: TokenType = .mountDefault, noDefaultPolicy: Bool = false,
        internalData: [UInt8] = [], groupAliases: [String] = []
    ) {
        self.policies = policies
        self.displayName = displayName
        self.metadata = metadata
        self.ttlSeconds = ttlSeconds
        self.maxTTLSeconds = maxTTLSeconds
        self.periodSeconds = periodSeconds
        self.explicitMaxTTLSeconds = explicitMaxTTLSeconds
        self.renewable = renewable
        self.aliasName = aliasName
        self.aliasMetadata = aliasMetadata
        self.numUses = numUses
        self.boundCIDRs = boundCIDRs
        self.tokenType = tokenType
        self.noDefaultPolicy = noDefaultPolicy
        self.internalData = internalData
        self.groupAliases = groupAliases
    }
}
