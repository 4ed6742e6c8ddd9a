// What a policy may cost before it is refused.

public enum PolicyLimits {
    public static let maxTextBytes = 1 << 20
    public static let maxNameBytes = 256
    /// Path blocks in one policy.
    public static let maxRules = 10_000
    /// How much of a path or word stands in an error message.
    static let maxQuotedCharacters = 96
}
