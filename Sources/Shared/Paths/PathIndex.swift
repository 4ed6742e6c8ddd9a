// Finds the first of many patterns that matches a path. Apart from the generic table, so that it is
// compiled once and for concrete types.

@usableFromInline
struct PathIndex: Sendable {
    private let patterns: [PathPattern]
    /// For each first byte of a path, and last for the empty path, the patterns that could match,
    /// in their order.
    private let candidates: [[Int]]

    init(_ patterns: [PathPattern]) {
        self.patterns = patterns
        var candidates = [[Int]](repeating: [], count: 257)
        for (place, pattern) in patterns.enumerated() {
            if let first = pattern.literalPrefix.first {
                candidates[Int(first)].append(place)
            } else {
                for index in candidates.indices { candidates[index].append(place) }
            }
        }
        self.candidates = candidates
    }

    @usableFromInline
    func find(_ path: String) -> (place: Int, captures: Captures)? {
        var path = path
        let found: (place: Int, ranges: CaptureRanges)? = path.withUTF8 { bytes in
            for place in candidates[bytes.first.map { Int($0) } ?? 256] {
                if let ranges = patterns[place].match(utf8: bytes) { return (place, ranges) }
            }
            return nil
        }
        guard let found else { return nil }
        let names = patterns[found.place].captureNames
        return (found.place, Captures(names: names, path: path, ranges: found.ranges))
    }
}
