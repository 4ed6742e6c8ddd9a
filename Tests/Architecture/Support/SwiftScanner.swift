// Tells comments and string literals from code: as much of Swift's grammar as the rules need.

struct SwiftScanner {
    enum Kind: UInt8 {
        case code, comment
        /// Content of a string literal.
        case literal
        /// The quotes and number signs around it.
        case quote
    }

    let bytes: [UInt8]
    private var kinds: [Kind]
    private var at = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
        kinds = [Kind](repeating: .code, count: bytes.count)
    }

    mutating func classify() -> [Kind] {
        code(untilParenthesis: false)
        return kinds
    }

    /// Up to the end, or, inside an interpolation, behind the parenthesis that closes it.
    private mutating func code(untilParenthesis: Bool) {
        var depth = 0
        while at < bytes.count {
            if starts("//") {
                take(as: .comment) { $0 == UInt8(ascii: "\n") }
            } else if starts("/*") {
                blockComment()
            } else if let signs = signsBeforeQuote() {
                string(signs)
            } else {
                let byte = bytes[at]
                at += 1
                if byte == UInt8(ascii: "(") { depth += 1 }
                guard byte == UInt8(ascii: ")") else { continue }
                if untilParenthesis && depth == 0 { return }
                depth -= 1
            }
        }
    }

    private mutating func blockComment() {
        var depth = 0
        repeat {
            if starts("/*") {
                depth += 1
                mark(2, .comment)
            } else if starts("*/") {
                depth -= 1
                mark(2, .comment)
            } else {
                mark(1, .comment)
            }
        } while depth > 0 && at < bytes.count
    }

    /// The number signs in front of a quote that stands here; nil if none does.
    private func signsBeforeQuote() -> Int? {
        var end = at
        while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
        return end < bytes.count && bytes[end] == UInt8(ascii: "\"") ? end - at : nil
    }

    private mutating func string(_ signs: Int) {
        mark(signs, .quote)
        let quote = starts("\"\"\"") ? "\"\"\"" : "\""
        mark(quote.utf8.count, .quote)
        let closing = quote + String(repeating: "#", count: signs)
        let escape = "\\" + String(repeating: "#", count: signs)
        while at < bytes.count {
            if starts(closing) { return mark(closing.utf8.count, .quote) }
            if starts(escape + "(") {
                at += escape.utf8.count + 1
                code(untilParenthesis: true)
            } else if starts(escape) {
                mark(escape.utf8.count + 1, .literal)
            } else {
                mark(1, .literal)
            }
        }
    }

    private func starts(_ text: String) -> Bool {
        var index = at
        for byte in text.utf8 {
            guard index < bytes.count, bytes[index] == byte else { return false }
            index += 1
        }
        return true
    }

    private mutating func take(as kind: Kind, until isEnd: (UInt8) -> Bool) {
        while at < bytes.count, !isEnd(bytes[at]) { mark(1, kind) }
    }

    private mutating func mark(_ count: Int, _ kind: Kind) {
        let end = min(at + count, bytes.count)
        while at < end {
            kinds[at] = kind
            at += 1
        }
    }
}
