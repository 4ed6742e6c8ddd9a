// Steps over the members of a container whose document was validated before. Were it not, the
// walker would end early or give odd ranges, but never leave the buffer.

struct JSONWalker {
    private let text: JSONText
    private var position: Int

    /// Nil unless the document's first byte that is no space is `opening`.
    init?(_ text: JSONText, opening: UInt8) {
        self.text = text
        position = 0
        skipSpace()
        guard position < text.count, text[position] == opening else { return nil }
        position += 1
    }

    mutating func nextMember() -> (key: JSONSpan, value: Range<Int>)? {
        skipSeparators()
        guard position < text.count, text[position] == Ascii.quote else { return nil }
        let start = position + 1
        let hasEscapes = skipString()
        let key = JSONSpan(start: start, end: max(start, position - 1), hasEscapes: hasEscapes)
        skipSpace()
        guard position < text.count, text[position] == Ascii.colon else { return nil }
        position += 1
        guard let value = nextValue() else { return nil }
        return (key, value)
    }

    mutating func nextElement() -> Range<Int>? {
        skipSeparators()
        return nextValue()
    }

    private mutating func nextValue() -> Range<Int>? {
        skipSpace()
        guard position < text.count else { return nil }
        let start = position
        switch text[position] {
        case Ascii.quote: _ = skipString()
        case Ascii.openBrace, Ascii.openBracket: skipContainer()
        default: skipScalar()
        }
        return position > start ? start..<position : nil
    }

    /// From the opening quote to behind the closing one; tells whether there was an escape.
    private mutating func skipString() -> Bool {
        var hasEscapes = false
        var at = position + 1
        while true {
            at = text.endOfPlainRun(from: at)
            guard at < text.count else { break }
            if text[at] == Ascii.quote {
                at += 1
                break
            }
            if text[at] == Ascii.backslash {
                hasEscapes = true
                at += 2
            } else {
                at += 1
            }
        }
        position = min(at, text.count)
        return hasEscapes
    }

    private mutating func skipContainer() {
        var depth = 0
        while position < text.count {
            switch text[position] {
            case Ascii.quote:
                _ = skipString()
                continue
            case Ascii.openBrace, Ascii.openBracket: depth += 1
            case Ascii.closeBrace, Ascii.closeBracket: depth -= 1
            default: break
            }
            position += 1
            if depth == 0 { return }
        }
    }

    private mutating func skipScalar() {
        while position < text.count {
            let byte = text[position]
            if byte == Ascii.comma || byte == Ascii.closeBrace || byte == Ascii.closeBracket
                || Ascii.isSpace(byte)
            {
                return
            }
            position += 1
        }
    }

    private mutating func skipSeparators() {
        while position < text.count, text[position] == Ascii.comma || Ascii.isSpace(text[position])
        {
            position += 1
        }
    }

    private mutating func skipSpace() {
        while position < text.count, Ascii.isSpace(text[position]) { position += 1 }
    }
}
