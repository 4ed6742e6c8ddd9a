// What a document may cost before it is refused.

public struct JSONLimits: Sendable {
    /// Containers within containers. Reading recurses once for each level, so the value is capped.
    public let maxDepth: Int
    /// Members of one object or elements of one array.
    public let maxMembersPerContainer: Int
    /// Values of all kinds, containers too, in the whole document.
    public let maxValues: Int

    public init(
        maxDepth: Int = 128, maxMembersPerContainer: Int = 10_000, maxValues: Int = .max
    ) {
        self.maxDepth = min(max(maxDepth, 0), Self.deepestAllowed)
        self.maxMembersPerContainer = max(maxMembersPerContainer, 0)
        self.maxValues = max(maxValues, 0)
    }

    public static let standard = JSONLimits()

    /// For documents whose size was bounded elsewhere, such as our own stored indexes.
    public static let unlimitedMembers = JSONLimits(maxMembersPerContainer: .max)

    /// At some 200 bytes of stack a level this stays far below the smallest thread stack.
    static let deepestAllowed = 512

    /// Offsets are kept in 32 bits.
    static let maxDocumentBytes = Int(Int32.max)
}
