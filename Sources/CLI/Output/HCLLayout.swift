// The usual layout of an HCL file: two spaces a level, `=` of neighbouring lines under each other,
// at most one blank line. Comments and texts stay as they are. The text has to be valid HCL.

enum HCLLayout {
    static func formatted(_ text: String) -> String {
        var lines: [Line] = []
        var depth = 0
        for tokens in tokenLines(text) {
            let leadingCloses = tokens.prefix { $0.isClose }.count
            let indent = max(0, depth - leadingCloses)
            depth = max(0, depth + tokens.count(where: \.isOpen) - tokens.count(where: \.isClose))
            let opensNothing = tokens.count(where: \.isOpen) == tokens.count(where: \.isClose)
            lines.append(Line(indent: indent, tokens: tokens, isAttribute: opensNothing))
        }
        return rendered(aligned(withoutExtraBlanks(lines)))
    }

    private enum Token {
        case word(String)
        case comment(String)
        case open(String)
        case close(String)
        case comma
        case equals

        var isOpen: Bool { if case .open = self { true } else { false } }
        var isClose: Bool { if case .close = self { true } else { false } }

        var text: String {
            switch self {
            case .word(let text), .comment(let text), .open(let text), .close(let text): text
            case .comma: ","
            case .equals: "="
            }
        }
    }

    private struct Line {
        let indent: Int
        var key: String?
        var rest: String

        var isBlank: Bool { key == nil && rest.isEmpty }
        var endsOpen: Bool { rest.last == "{" || rest.last == "[" }
        var startsClosed: Bool { key == nil && (rest.first == "}" || rest.first == "]") }

        init(indent: Int, tokens: [Token], isAttribute: Bool) {
            self.indent = indent
            if isAttribute, tokens.count > 2, case .word(let key) = tokens[0],
                case .equals = tokens[1]
            {
                self.key = key
                rest = Line.joined(tokens.dropFirst())
            } else {
                rest = Line.joined(tokens[...])
            }
        }

        private static func joined(_ tokens: ArraySlice<Token>) -> String {
            var text = ""
            var previous: Token?
            for token in tokens {
                if let previous, needsSpace(previous, token) { text += " " }
                text += token.text
                previous = token
            }
            return text
        }

        private static func needsSpace(_ left: Token, _ right: Token) -> Bool {
            switch (left, right) {
            case (_, .comma), (.open("["), _), (_, .close("]")), (.open("{"), .close("}")): false
            default: true
            }
        }
    }

    private static func withoutExtraBlanks(_ lines: [Line]) -> [Line] {
        var kept: [Line] = []
        for line in lines {
            if line.isBlank, kept.last.map({ $0.isBlank || $0.endsOpen }) ?? true { continue }
            if line.startsClosed, kept.last?.isBlank == true { kept.removeLast() }
            kept.append(line)
        }
        while kept.last?.isBlank == true { kept.removeLast() }
        return kept
    }

    private static func aligned(_ lines: [Line]) -> [Line] {
        var lines = lines
        var start = 0
        while start < lines.count {
            guard lines[start].key != nil else {
                start += 1
                continue
            }
            var end = start
            while end < lines.count, lines[end].key != nil, lines[end].indent == lines[start].indent
            {
                end += 1
            }
            let width = lines[start..<end].compactMap { $0.key?.count }.max() ?? 0
            for index in start..<end {
                let key = lines[index].key ?? ""
                lines[index].key = key + String(repeating: " ", count: width - key.count)
            }
            start = end
        }
        return lines
    }

    private static func rendered(_ lines: [Line]) -> String {
        lines.map { line in
            if line.isBlank { return "\n" }
            let margin = String(repeating: "  ", count: line.indent)
            return margin + (line.key.map { $0 + " " } ?? "") + line.rest + "\n"
        }.joined()
    }

    // MARK: Reading

    private static func tokenLines(_ text: String) -> [[Token]] {
        var lines: [[Token]] = [[]]
        var rest = Array(text.unicodeScalars)[...]
        while let first = rest.first {
            switch first {
            case "\n":
                lines.append([])
                rest.removeFirst()
            case " ", "\t", "\r", "\u{FEFF}":
                rest.removeFirst()
            case "{", "[":
                lines[lines.count - 1].append(.open(string(rest.prefix(1))))
                rest.removeFirst()
            case "}", "]":
                lines[lines.count - 1].append(.close(string(rest.prefix(1))))
                rest.removeFirst()
            case ",":
                lines[lines.count - 1].append(.comma)
                rest.removeFirst()
            case "=":
                lines[lines.count - 1].append(.equals)
                rest.removeFirst()
            default:
                let length = wordLength(rest)
                let word = string(rest.prefix(length))
                let isComment = word.hasPrefix("#") || word.hasPrefix("//") || word.hasPrefix("/*")
                lines[lines.count - 1].append(isComment ? .comment(word.trimmed) : .word(word))
                rest = rest.dropFirst(length)
            }
        }
        return lines
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    /// The length of a comment, text, heredoc or bare word. Never zero.
    private static func wordLength(_ rest: ArraySlice<Unicode.Scalar>) -> Int {
        let next = rest.dropFirst().first
        if rest.first == "#" || (rest.first == "/" && next == "/") {
            return rest.prefix { $0 != "\n" }.count
        }
        if rest.first == "/", next == "*" {
            var index = rest.startIndex + 2
            while index + 1 < rest.endIndex, rest[index] != "*" || rest[index + 1] != "/" {
                index += 1
            }
            return min(rest.endIndex, index + 2) - rest.startIndex
        }
        if rest.first == "\"" { return quotedLength(rest) }
        if rest.first == "<", next == "<" { return heredocLength(rest) }
        let delimiters: Set<Unicode.Scalar> = [
            " ", "\t", "\r", "\n", "{", "}", "[", "]", ",", "=", "\"", "#",
        ]
        return max(1, rest.prefix { !delimiters.contains($0) }.count)
    }

    private static func quotedLength(_ rest: ArraySlice<Unicode.Scalar>) -> Int {
        var index = rest.startIndex + 1
        var braces = 0
        while index < rest.endIndex {
            let scalar = rest[index]
            if scalar == "\\" {
                index += 1
            } else if scalar == "$", index + 1 < rest.endIndex, rest[index + 1] == "{" {
                braces += 1
                index += 1
            } else if scalar == "}", braces > 0 {
                braces -= 1
            } else if scalar == "\"", braces == 0 {
                return index + 1 - rest.startIndex
            }
            index += 1
        }
        return rest.count
    }

    private static func heredocLength(_ rest: ArraySlice<Unicode.Scalar>) -> Int {
        let head = rest.prefix { $0 != "\n" }
        let marker = string(head.dropFirst(2)).trimmed.drop { $0 == "-" }
        var line = head.endIndex
        while line < rest.endIndex {
            let body = rest[(line + 1)...].prefix { $0 != "\n" }
            if string(body).trimmed == marker { return body.endIndex - rest.startIndex }
            line = body.endIndex
        }
        return rest.count
    }
}
