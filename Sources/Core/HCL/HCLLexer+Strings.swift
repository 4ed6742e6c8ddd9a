// Quoted strings and heredocs.

extension HCLLexer {
    /// A string in double quotes. `${…}` is copied as it stands, quotes and line ends inside
    /// included, because what it means is the business of whoever reads the value.
    mutating func lexQuotedString() throws(HCLError) -> String {
        let opening = cursor.position
        cursor.advance()
        var bytes: [UInt8] = []
        while let byte = cursor.peek() {
            switch byte {
            case UInt8(ascii: "\""):
                cursor.advance()
                return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                try lexEscape(into: &bytes)
            case UInt8(ascii: "$") where cursor.peek(1) == UInt8(ascii: "{"):
                try lexInterpolation(into: &bytes, opening: opening)
            case 0x0A:
                throw HCLError(.syntax, at: opening, "string is not closed at the end of the line")
            case 0x00:
                throw HCLError(.syntax, at: cursor.position, "NUL in a string")
            default:
                bytes.append(byte)
                cursor.advance()
            }
        }
        throw HCLError(.syntax, at: opening, "string is never closed")
    }

    private mutating func lexInterpolation(
        into bytes: inout [UInt8], opening: HCLPosition
    ) throws(HCLError) {
        var depth = 0
        while let byte = cursor.peek() {
            if byte == 0 { throw HCLError(.syntax, at: cursor.position, "NUL in a string") }
            bytes.append(byte)
            cursor.advance()
            if byte == UInt8(ascii: "{") {
                depth += 1
            } else if byte == UInt8(ascii: "}") {
                depth -= 1
                if depth == 0 { return }
            }
        }
        throw HCLError(.syntax, at: opening, "string is never closed (an open \"${\" is in it)")
    }

    private mutating func lexEscape(into bytes: inout [UInt8]) throws(HCLError) {
        let position = cursor.position
        cursor.advance()
        let letter = cursor.peek() ?? 0
        if let plain = Self.simpleEscape(letter) {
            cursor.advance()
            bytes.append(plain)
            return
        }
        let value: UInt32?
        switch letter {
        case UInt8(ascii: "x"):
            cursor.advance()
            // Above 0x7f it would be half a character.
            value = lexDigits(2, radix: 16).flatMap { $0 < 0x80 ? $0 : nil }
        case UInt8(ascii: "u"):
            cursor.advance()
            value = lexDigits(4, radix: 16)
        case UInt8(ascii: "U"):
            cursor.advance()
            value = lexDigits(8, radix: 16)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            value = lexDigits(3, radix: 8).flatMap { $0 < 0x80 ? $0 : nil }
        default:
            value = nil
        }
        guard let value, value != 0, let scalar = Unicode.Scalar(value) else {
            throw HCLError(.syntax, at: position, "unknown or broken escape in a string")
        }
        bytes.append(contentsOf: Array(String(Character(scalar)).utf8))
    }

    private static func simpleEscape(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "a"): 0x07
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "v"): 0x0B
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): letter
        default: nil
        }
    }

    private mutating func lexDigits(_ count: Int, radix: UInt32) -> UInt32? {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let byte = cursor.peek(), let digit = Self.hexValue(byte), digit < radix else {
                return nil
            }
            // Eight hexadecimal digits are exactly 32 bits, so this cannot overflow.
            value = value &* radix &+ digit
            cursor.advance()
        }
        return value
    }
}

// MARK: - Heredocs

extension HCLLexer {
    /// `<<WORD` or `<<-WORD`, whole lines, and a line that holds only the word.
    mutating func lexHeredoc() throws(HCLError) -> String {
        let opening = cursor.position
        guard cursor.peek(1) == UInt8(ascii: "<") else {
            throw HCLError(.syntax, at: opening, "unexpected character")
        }
        cursor.advance(2)
        let isIndented = cursor.isNext("-")
        if isIndented { cursor.advance() }
        let start = cursor.offset
        cursor.skip(while: Self.continuesName)
        let word = Array(cursor.bytes(from: start))
        cursor.skip { $0 == 0x0D }
        guard !word.isEmpty, cursor.isNext("\n") else {
            throw HCLError(
                .syntax, at: opening, "a heredoc begins with \"<<\", a word and the end of the line"
            )
        }
        cursor.advance()
        var lines: [ArraySlice<UInt8>] = []
        while !cursor.isAtEnd {
            let line = try takeLine()
            let marker = line.drop(while: Self.isBlank)
            if Self.trimmingLineEnd(marker).elementsEqual(word) {
                let indent = line[..<marker.startIndex]
                return Self.join(lines, removing: isIndented ? indent : [])
            }
            lines.append(line)
        }
        throw HCLError(.syntax, at: opening, "heredoc is never closed")
    }

    /// The next line with its line feed.
    private mutating func takeLine() throws(HCLError) -> ArraySlice<UInt8> {
        let start = cursor.offset
        while let byte = cursor.peek() {
            if byte == 0 { throw HCLError(.syntax, at: cursor.position, "NUL in a string") }
            cursor.advance()
            if byte == 0x0A { break }
        }
        return cursor.bytes(from: start)
    }

    /// The indentation of the closing word is taken off, but only if every line has it.
    private static func join(
        _ lines: [ArraySlice<UInt8>], removing indent: ArraySlice<UInt8>
    ) -> String {
        let isShared = lines.allSatisfy { $0.starts(with: indent) }
        let bytes = lines.flatMap { isShared ? $0.dropFirst(indent.count) : $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func trimmingLineEnd(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line
        while let last = line.last, last == 0x0A || last == 0x0D { line.removeLast() }
        return line
    }
}
