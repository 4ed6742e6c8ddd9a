// The shape of the paths that a route serves. Matching compares bytes: no two spellings of a path
// can be one path to the router and another to the policies.

/// A pattern is literal but for its captures, which are whole segments:
/// - `:name` is one segment, not empty;
/// - `:name*` is the rest of the path or, before a literal tail, what lies between: one byte or
///   more,
///   slashes included;
/// - `:name*?`, at the end only, may be nothing too, and then the slash before it may be missing;
/// - two stars, `:name**`, ask for slashes that follow one another too: what lies there is no path
///   but data, such as base64. Elsewhere the core refuses `//`, whatever a pattern matches;
/// - a final `/?` allows the path to end in a slash or not.
///
/// A class, since every request looks into some, on all event loops.
public final class PathPattern: Sendable {
    public let text: String
    /// In the order of the pattern.
    public let captureNames: [String]

    /// The literal parts' bytes, one after the other.
    let literals: [UInt8]
    /// What stands before the `*` capture, or everything if there is none.
    let leading: [PatternPart]
    let rest: PatternRest?
    let trailing: [PatternPart]
    let allowsFinalSlash: Bool
    /// Whether `//` may be in what is captured as the rest; nowhere else can it be then.
    public let takesEmptySegments: Bool

    public static let maxCaptures = Captures.maxCount

    /// For patterns that stand in the source: a wrong one is a bug and stops the program.
    public convenience init(_ text: String) {
        do throws(PathPatternError) {
            try self.init(parsing: text)
        } catch {
            preconditionFailure("pattern \"\(text)\": \(error)")
        }
    }

    /// For patterns that come from elsewhere, such as a plugin's manifest.
    public init(parsing text: String) throws(PathPatternError) {
        var parser = PatternParser()
        try parser.parse(text)
        self.text = text
        captureNames = parser.names
        literals = parser.literals
        leading = parser.leading
        rest = parser.rest
        trailing = parser.trailing
        allowsFinalSlash = parser.allowsFinalSlash
        takesEmptySegments = parser.takesEmptySegments
    }

    public func match(_ path: String) -> Captures? {
        var path = path
        guard let ranges = path.withUTF8({ match(utf8: $0) }) else { return nil }
        return Captures(names: captureNames, path: path, ranges: ranges)
    }

    /// The pattern as OpenAPI writes it: `/data/{path}`.
    public var openAPIText: String {
        var names = captureNames.makeIterator()
        var result = "/"
        func append(_ part: PatternPart) {
            switch part {
            case .literal(let place):
                result += String(decoding: literals[place.range], as: UTF8.self)
            case .segment: result += "{\(names.next() ?? "")}"
            }
        }
        leading.forEach(append)
        if rest != nil { append(.segment) }
        trailing.forEach(append)
        return result
    }

    /// Whether it also matches where its last capture is nothing: `metadata/:path*?`.
    public var allowsNothing: Bool { rest == .optional }

    /// Whether there is no path that it does not match.
    public var matchesEverything: Bool { leading.isEmpty && rest == .optional }

    /// What every matching path starts with, for people.
    public var literalStart: String { String(decoding: literalPrefix, as: UTF8.self) }

    /// The bytes with which every matching path starts.
    var literalPrefix: ArraySlice<UInt8> {
        guard case .literal(let place) = leading.first else { return [] }
        let bytes = literals[place.range]
        // The slash before an optional rest may be missing.
        return leading.count == 1 && rest == .optional ? bytes.dropLast() : bytes
    }
}

extension PathPattern: Hashable {
    public static func == (left: PathPattern, right: PathPattern) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

extension PathPattern: ExpressibleByStringLiteral {
    public convenience init(stringLiteral text: StaticString) { self.init(text.description) }
}

/// Holds nothing that is counted, so that matching moves no reference.
enum PatternPart: Sendable {
    case literal(LiteralPlace)
    case segment
}

/// A piece of `PathPattern.literals`.
struct LiteralPlace: Sendable {
    let start: Int
    let count: Int

    var range: Range<Int> { start..<(start + count) }
}

enum PatternRest: Sendable {
    case required
    case optional
}
