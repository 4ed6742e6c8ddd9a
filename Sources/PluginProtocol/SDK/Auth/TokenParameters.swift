// What a role or a user says of the tokens that its logins make: the `token_…` parameters, which
// every auth method has, under the same names and with the same meaning.

public import Network

/// A method declares `TokenParameters.fields` at the paths of its roles, takes what a request says
/// with `take`, keeps the result in its record, and answers a login with `grant`.
public struct TokenParameters: Sendable, Equatable {
    /// Lifetimes are in seconds, and 0 is what the mount says.
    public var ttlSeconds = 0
    public var maxTTLSeconds = 0
    public var explicitMaxTTLSeconds = 0
    public var periodSeconds = 0
    public var policies: [String] = []
    /// Where a client may log in from, and use the token from; none is anywhere.
    public var boundCIDRs: [CIDRBlock] = []
    /// 0 is any number.
    public var numberOfUses = 0
    public var excludesDefaultPolicy = false
    public var type = TokenTypeChoice.default

    /// Those that were given by an older name, which reads show as well.
    var givenByOlderName: Set<TokenParameter> = []

    public init() {}

    /// What the core puts on one token; more is refused here, and not at the login.
    static let maxPolicies = 256
    static let maxBoundCIDRs = 256
}

/// One of them, by the name that clients use. The order is that of the bits in records.
public enum TokenParameter: String, Sendable, CaseIterable {
    case ttl = "token_ttl"
    case maxTTL = "token_max_ttl"
    case policies = "token_policies"
    case boundCIDRs = "token_bound_cidrs"
    case explicitMaxTTL = "token_explicit_max_ttl"
    case excludesDefaultPolicy = "token_no_default_policy"
    case numberOfUses = "token_num_uses"
    case period = "token_period"
    case type = "token_type"
}

/// The kind of token that logins make. The order is that of the numbers in records.
public enum TokenTypeChoice: String, Sendable, CaseIterable {
    /// What the mount is set to.
    case `default`
    case service
    case batch
    case defaultService = "default-service"
    case defaultBatch = "default-batch"

    var isBatch: Bool { self == .batch || self == .defaultBatch }
}
