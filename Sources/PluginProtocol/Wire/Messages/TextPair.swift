// A name and a value. Lists of pairs travel in order and need no hashing.

public struct TextPair: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
