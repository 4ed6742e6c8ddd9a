// What a text may cost before it is refused.

public struct HCLLimits: Sendable {
    public var maxTextBytes: Int
    public var maxDepth: Int
    /// Attributes, blocks and list elements together.
    public var maxItems: Int

    public init(maxTextBytes: Int = 1 << 20, maxDepth: Int = 128, maxItems: Int = 65_536) {
        self.maxTextBytes = maxTextBytes
        self.maxDepth = maxDepth
        self.maxItems = maxItems
    }

    public static let standard = HCLLimits()
}

/// Counts items as either parser makes them.
struct HCLItemBudget {
    private var left: Int

    init(_ limits: HCLLimits) { left = limits.maxItems }

    mutating func spend(at position: HCLPosition) throws(HCLError) {
        guard left > 0 else {
            throw HCLError(.tooManyItems, at: position, "too many items in one text")
        }
        left -= 1
    }
}
