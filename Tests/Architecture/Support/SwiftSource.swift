// A Swift file taken apart into code, comments and string literals, line by line.

struct SwiftSource {
    struct Line {
        let number: Int
        let text: String
        /// The line with comments and the content of string literals blanked out.
        let code: String
        /// What the comments on the line say.
        let comment: String
        /// The content of string literals on the line, without quotes and interpolations.
        let literals: [String]
        /// How many bytes at either end lie outside of string literals; nil if there are none.
        let aroundLiterals: (before: Int, after: Int)?
    }

    let path: String
    let lines: [Line]

    init(path: String, text: String) {
        self.path = path
        var scanner = SwiftScanner(text)
        let kinds = scanner.classify()
        var lines: [Line] = []
        var start = 0
        for end in scanner.bytes.indices where scanner.bytes[end] == UInt8(ascii: "\n") {
            lines.append(Self.line(lines.count + 1, scanner.bytes[start..<end], kinds[start..<end]))
            start = end + 1
        }
        if start < scanner.bytes.count {
            lines.append(Self.line(lines.count + 1, scanner.bytes[start...], kinds[start...]))
        }
        self.lines = lines
    }

    func finding(_ line: Line, _ message: String) -> Finding {
        Finding(path: path, line: line.number, message: message)
    }

    private static func line(
        _ number: Int, _ bytes: ArraySlice<UInt8>, _ kinds: ArraySlice<SwiftScanner.Kind>
    ) -> Line {
        var (code, comment): ([UInt8], [UInt8]) = ([], [])
        var literals: [[UInt8]] = []
        var isInLiteral = false
        for (byte, kind) in zip(bytes, kinds) {
            code.append(kind == .code || kind == .quote ? byte : UInt8(ascii: " "))
            if kind == .comment { comment.append(byte) }
            if kind == .literal {
                if !isInLiteral { literals.append([]) }
                literals[literals.count - 1].append(byte)
            }
            isInLiteral = kind == .literal
        }
        let isString = { (kind: SwiftScanner.Kind) in kind == .literal || kind == .quote }
        let around = kinds.firstIndex(where: isString).flatMap { first in
            kinds.lastIndex(where: isString).map { last in
                (before: first - kinds.startIndex, after: kinds.endIndex - 1 - last)
            }
        }
        return Line(
            number: number, text: String(decoding: bytes, as: UTF8.self),
            code: String(decoding: code, as: UTF8.self),
            comment: String(decoding: comment, as: UTF8.self),
            literals: literals.map { String(decoding: $0, as: UTF8.self) }, aroundLiterals: around)
    }
}
