// Sets of paths as an engine declares them (no login needed, sudo needed): exact paths, prefixes
// with a trailing "*", and "+" for one segment. Anything unclear matches less rather than more.

public struct PathSet: Sendable {
    public let texts: [String]
    private let exact: [[UInt8]]
    private let prefixes: [[UInt8]]
    private let wildcards: [Wildcard]

    fileprivate struct Wildcard: Sendable {
        /// Nil stands for any one segment.
        let segments: [[UInt8]?]
        /// The last segment is a prefix of the remaining path.
        let isPrefix: Bool
    }

    public static let none = PathSet([])

    public init(_ texts: [String]) {
        var exact: [[UInt8]] = []
        var prefixes: [[UInt8]] = []
        var wildcards: [Wildcard] = []
        for text in texts {
            var bytes = Array(text.utf8)
            let isPrefix = bytes.last == Byte.star
            if isPrefix { bytes.removeLast() }
            let segments = bytes.split(separator: Byte.slash, omittingEmptySubsequences: false)
                .map { $0 == [Byte.plus] ? nil : Array($0) }
            if segments.contains(nil) {
                wildcards.append(Wildcard(segments: segments, isPrefix: isPrefix))
            } else if isPrefix {
                prefixes.append(bytes)
            } else {
                exact.append(bytes)
            }
        }
        self.texts = texts
        self.exact = exact
        self.prefixes = prefixes
        self.wildcards = wildcards
    }

    public var isEmpty: Bool { texts.isEmpty }

    public func contains(_ path: String) -> Bool {
        if isEmpty { return false }
        var path = path
        return path.withUTF8 { path in
            exact.contains { $0.count == path.count && path.starts(with: $0) }
                || prefixes.contains { path.starts(with: $0) }
                || wildcards.contains { $0.matches(path) }
        }
    }
}

extension PathSet.Wildcard {
    fileprivate func matches(_ path: PathBytes) -> Bool {
        var position = 0
        for (index, expected) in segments.enumerated() {
            if index > 0 {
                guard position < path.count, path[position] == Byte.slash else { return false }
                position += 1
            }
            let isLast = index == segments.count - 1
            if isLast, isPrefix, let expected { return path[position...].starts(with: expected) }
            let end = path[position...].firstIndex(of: Byte.slash) ?? path.count
            let segment = path[position..<end]
            if let expected {
                guard segment.elementsEqual(expected) else { return false }
            } else {
                guard !segment.isEmpty else { return false }
                if isLast, isPrefix { return true }
            }
            position = end
        }
        return position == path.count
    }
}
