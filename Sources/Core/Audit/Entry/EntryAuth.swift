// What an audit line says about who asks, or about the token that an answer brings.

public import Clock
public import Cryptography

public struct EntryAuth: Sendable {
    /// Written as its keyed digest only, unless the device logs raw.
    public var clientToken: SecretBytes?
    public var accessor = ""
    public var displayName = ""
    public var policies: [String] = []
    public var tokenPolicies: [String] = []
    public var identityPolicies: [String] = []
    public var excludesDefaultPolicy = false
    /// What policy said about the request; `nil` where it was not asked.
    public var isAllowed: Bool?
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
