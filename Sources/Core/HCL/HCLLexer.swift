// Cuts a text in HCL's native syntax into tokens.

struct HCLLexer {
    var cursor: HCLCursor

    init(_ bytes: [UInt8]) { cursor = HCLCursor(bytes) }

    mutating func next() throws(HCLError) -> HCLToken {
        try skipSpaceAndComments()
        let position = cursor.position
        guard let byte = cursor.peek() else { return HCLToken(kind: .end, position: position) }
        if let kind = Self.punctuation(byte) {
            cursor.advance()
            return HCLToken(kind: kind, position: position)
        }
        let kind: HCLToken.Kind
        switch byte {
        case UInt8(ascii: "\""):
            kind = .string(try lexQuotedString())
        case UInt8(ascii: "<"):
            kind = .string(try lexHeredoc())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            kind = .number(try lexNumber())
        case _ where Self.beginsName(byte):
            kind = lexName()
        default:
            throw HCLError(.syntax, at: position, "unexpected character")
        }
        return HCLToken(kind: kind, position: position)
    }

    private static func punctuation(_ byte: UInt8) -> HCLToken.Kind? {
        switch byte {
        case UInt8(ascii: "="): .assign
        case UInt8(ascii: "{"): .leftBrace
        case UInt8(ascii: "}"): .rightBrace
        case UInt8(ascii: "["): .leftBracket
        case UInt8(ascii: "]"): .rightBracket
        case UInt8(ascii: ","): .comma
        default: nil
        }
    }

    static func beginsName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "_"): true
        default: false
        }
    }

    static func continuesName(_ byte: UInt8) -> Bool {
        beginsName(byte) || HCLNumber.isDigit(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".")
    }

    private mutating func lexName() -> HCLToken.Kind {
        let start = cursor.offset
        cursor.skip(while: Self.continuesName)
        switch cursor.text(from: start) {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case let name: return .identifier(name)
        }
    }
}

// MARK: - White space, comments and numbers

extension HCLLexer {
    private mutating func skipSpaceAndComments() throws(HCLError) {
        while let byte = cursor.peek() {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D:
                cursor.advance()
            case UInt8(ascii: "#"):
                skipLine()
            case UInt8(ascii: "/") where cursor.peek(1) == UInt8(ascii: "/"):
                skipLine()
            case UInt8(ascii: "/") where cursor.peek(1) == UInt8(ascii: "*"):
                try skipBlockComment()
            default:
                return
            }
        }
    }

    private mutating func skipLine() {
        cursor.skip { $0 != 0x0A }
    }

    private mutating func skipBlockComment() throws(HCLError) {
        let position = cursor.position
        cursor.advance(2)
        while !cursor.isAtEnd {
            if cursor.isNext("*"), cursor.peek(1) == UInt8(ascii: "/") {
                cursor.advance(2)
                return
            }
            cursor.advance()
        }
        throw HCLError(.syntax, at: position, "comment is never closed")
    }

    private mutating func lexNumber() throws(HCLError) -> String {
        let position = cursor.position
        let start = cursor.offset
        if cursor.isNext("-") { cursor.advance() }
        var isWellFormed: Bool
        if cursor.isNext("0"), cursor.peek(1) == UInt8(ascii: "x") || cursor.peek(1) == 0x58 {
            cursor.advance(2)
            isWellFormed = skipDigits(where: Self.isHexDigit)
        } else {
            isWellFormed = skipDigits(where: HCLNumber.isDigit)
            if isWellFormed, cursor.isNext(".") {
                cursor.advance()
                isWellFormed = skipDigits(where: HCLNumber.isDigit)
            }
            if isWellFormed, cursor.isNext("e") || cursor.isNext("E") {
                cursor.advance()
                if cursor.isNext("+") || cursor.isNext("-") { cursor.advance() }
                isWellFormed = skipDigits(where: HCLNumber.isDigit)
            }
        }
        if let byte = cursor.peek(), Self.continuesName(byte) { isWellFormed = false }
        guard isWellFormed else {
            throw HCLError(
                .syntax, at: position,
                "malformed number (durations and sizes with a unit are written as strings)")
        }
        return cursor.text(from: start)
    }

    private mutating func skipDigits(where isDigit: (UInt8) -> Bool) -> Bool {
        let start = cursor.offset
        cursor.skip(while: isDigit)
        return cursor.offset > start
    }

    static func isHexDigit(_ byte: UInt8) -> Bool { hexValue(byte) != nil }

    static func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
