// What a pattern's captures stand for in one path. The path is kept whole and cut when asked, so
// that matching allocates nothing.

public struct Captures: Sendable {
    public static let maxCount = 8
    public static let none = Captures(names: [], path: "", ranges: CaptureRanges())

    public let names: [String]
    private let path: String
    private let ranges: CaptureRanges

    init(names: [String], path: String, ranges: CaptureRanges) {
        self.names = names
        self.path = path
        self.ranges = ranges
    }

    /// Captures without a pattern, at most `maxCount` of them.
    public init(_ pairs: [(name: String, value: String)]) {
        precondition(pairs.count <= Self.maxCount, "more than \(Self.maxCount) captures")
        var path = ""
        var ranges = CaptureRanges()
        for pair in pairs {
            let start = path.utf8.count
            path += pair.value
            ranges.append(start..<path.utf8.count)
        }
        self.init(names: pairs.map(\.name), path: path, ranges: ranges)
    }

    public subscript(_ name: String) -> String? {
        withBytes(of: name) { String(decoding: $0, as: UTF8.self) }
    }

    public var pairs: [(name: String, value: String)] {
        names.map { ($0, self[$0] ?? "") }
    }

    @discardableResult
    func withBytes<Value>(of name: String, _ body: (PathBytes) -> Value) -> Value? {
        guard let index = names.firstIndex(where: { sameBytes($0, name) }) else {
            return nil
        }
        let range = ranges[index]
        var path = path
        return path.withUTF8 { bytes in
            // A pattern puts the boundaries at slashes, so no character is cut in two.
            body(PathBytes(rebasing: bytes[range]))
        }
    }
}

/// Places in a path, held inline.
struct CaptureRanges: Sendable {
    private var bounds = InlineArray<8, (start: UInt32, end: UInt32)>(repeating: (0, 0))
    private(set) var count = 0

    subscript(_ index: Int) -> Range<Int> { Int(bounds[index].start)..<Int(bounds[index].end) }

    mutating func append(_ range: Range<Int>) {
        bounds[count] = (UInt32(range.lowerBound), UInt32(range.upperBound))
        count += 1
    }
}
