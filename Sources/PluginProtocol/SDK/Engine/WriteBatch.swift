// Changes that happen together or not at all.

public struct WriteBatch: Sendable {
    public private(set) var puts: [(key: String, value: [UInt8])] = []
    public private(set) var deletes: [String] = []

    public static let none = WriteBatch()

    public init() {}

    public var isEmpty: Bool { puts.isEmpty && deletes.isEmpty }
    public var count: Int { puts.count + deletes.count }

    public mutating func put(_ key: String, _ value: [UInt8]) {
        puts.append((key, value))
    }

    public mutating func delete(_ key: String) {
        deletes.append(key)
    }
}
