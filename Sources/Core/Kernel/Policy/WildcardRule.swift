// A rule whose path has `+` segments, or ends in a `*` that stands for the rest of one segment.

struct WildcardRule: Sendable {
    let rule: MergedRule
    let priority: RulePriority
    /// The path without the trailing `*`.
    private let pattern: [UInt8]
    private let tail: Tail

    private enum Tail: Sendable {
        case none
        /// Whatever follows.
        case anything
        /// Whatever follows in the same segment.
        case restOfSegment
    }

    private static let plus = UInt8(ascii: "+")
    private static let slash = UInt8(ascii: "/")

    init(path: [UInt8], rule: MergedRule, glob: GlobRule) {
        let endsInGlob = path.last == UInt8(ascii: "*")
        let pattern = endsInGlob ? Array(path.dropLast()) : path
        let wildcards = pattern.indices.filter { Self.isWildcard(pattern, at: $0) }
        self.rule = rule
        self.pattern = pattern
        tail = !endsInGlob ? .none : glob == .prefix ? .anything : .restOfSegment
        let rank = WildcardRank(
            firstWildcard: wildcards.first ?? pattern.count, endsInGlob: endsInGlob,
            wildcardSegments: wildcards.count, length: pattern.count)
        priority = RulePriority(rank: rank, text: pattern)
    }

    static func hasWildcardSegment(_ path: [UInt8]) -> Bool {
        path.indices.contains { isWildcard(path, at: $0) }
    }

    /// A `+` that is a whole segment; in any other place it is only itself.
    private static func isWildcard(_ pattern: [UInt8], at index: Int) -> Bool {
        pattern[index] == plus
            && (index == 0 || pattern[index - 1] == slash)
            && (index + 1 == pattern.count || pattern[index + 1] == slash)
    }

    func matches(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let (inPattern, inPath) = walk(path), inPattern == pattern.count else { return false }
        switch tail {
        case .none: return inPath == path.count
        case .anything: return true
        case .restOfSegment: return !path[inPath...].contains(Self.slash)
        }
    }

    /// Whether there can be a path that begins with `prefix` and matches.
    func canMatch(below prefix: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let (_, inPath) = walk(prefix) else { return false }
        if inPath == prefix.count { return true }
        switch tail {
        case .none: return false
        case .anything: return true
        case .restOfSegment: return !prefix[inPath...].contains(Self.slash)
        }
    }

    /// Walks along both until one of them ends; nil when they part before that.
    private func walk(_ path: UnsafeBufferPointer<UInt8>) -> (inPattern: Int, inPath: Int)? {
        var inPattern = 0
        var inPath = 0
        while inPattern < pattern.count {
            if Self.isWildcard(pattern, at: inPattern) {
                while inPath < path.count, path[inPath] != Self.slash { inPath += 1 }
                inPattern += 1
            } else if inPath == path.count {
                break
            } else {
                guard path[inPath] == pattern[inPattern] else { return nil }
                inPath += 1
                inPattern += 1
            }
        }
        return (inPattern, inPath)
    }
}
