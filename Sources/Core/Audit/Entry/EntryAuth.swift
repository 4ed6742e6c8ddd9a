// What an audit line says about who asks, or about the token that an answer brings.

public import Clock
public import Cryptography

public struct EntryAuth: Sendable {
    /// Written as its keyed digest only, unless the device logs raw.
    public var clientToken: SecretBytes?
    /// Names the token without being it; `nil` where the token is not known.
    public var tokenName: EntryTokenName?
    public var accessor = ""
    public var displayName = ""
    public var policies: [String] = []
    public var tokenPolicies: [String] = []
    public var identityPolicies: [String] = []
    public var excludesDefaultPolicy = false
    /// What policy said about the request; `nil` where it was not asked.
    public var isAllowed: Bool?
    /// The policies that allowed it, and the namespace that they are of.
    public var grantingPolicies: [String] = []
    public var policyNamespaceID = ""
    public var policyNamespacePath = ""
    public var metadata: [(name: String, value: String)] = []
    public var numberOfUses: Int64 = 0
    public var remainingUses: Int64 = 0
    public var entityID = ""
    /// `service`, `batch` or `default`.
    public var tokenType = "default"
    public var tokenTTLSeconds: Int64 = 0
    public var tokenIssuedAt: Timestamp?

    public init() {}
}

/// A digest of a token under a key that only the core has. Equal names are of equal tokens.
public struct EntryTokenName: Sendable, Equatable {
    let words: (UInt64, UInt64, UInt64, UInt64)

    public init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    public static func == (left: EntryTokenName, right: EntryTokenName) -> Bool {
        left.words == right.words
    }
}

extension EntryAuth {
    /// Whether both are written alike, for entries whose token has a name. Every field but the
    /// token itself is compared; texts and lists that are still the same memory are not read.
    func says(theSameAs other: EntryAuth) -> Bool {
        tokenName != nil && tokenName == other.tokenName && accessor == other.accessor
            && displayName == other.displayName && policies == other.policies
            && tokenPolicies == other.tokenPolicies && identityPolicies == other.identityPolicies
            && excludesDefaultPolicy == other.excludesDefaultPolicy
            && isAllowed == other.isAllowed && grantingPolicies == other.grantingPolicies
            && policyNamespaceID == other.policyNamespaceID
            && policyNamespacePath == other.policyNamespacePath
            && numberOfUses == other.numberOfUses
            && remainingUses == other.remainingUses && entityID == other.entityID
            && tokenType == other.tokenType && tokenTTLSeconds == other.tokenTTLSeconds
            && tokenIssuedAt == other.tokenIssuedAt
            && metadata.elementsEqual(other.metadata) { $0 == $1 }
    }
}
