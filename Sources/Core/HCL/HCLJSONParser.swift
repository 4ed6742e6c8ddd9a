// Builds the tree of a JSON text, with positions, which JSONValue does not keep. The JSON
// module has refused everything that is not strict JSON before this begins.

import JSON

struct HCLJSONParser {
    private var cursor: HCLCursor
    private var budget: HCLItemBudget

    static func parse(_ bytes: [UInt8], limits: HCLLimits) throws(HCLError) -> HCLBody {
        do {
            let jsonLimits = JSONLimits(
                maxDepth: limits.maxDepth, maxMembersPerContainer: limits.maxItems)
            _ = try JSONValue(parsing: bytes, limits: jsonLimits)
        } catch {
            throw HCLError(error, in: bytes)
        }
        var parser = HCLJSONParser(cursor: HCLCursor(bytes), budget: HCLItemBudget(limits))
        return try parser.parseObject()
    }

    private mutating func parseObject() throws(HCLError) -> HCLBody {
        var items: [HCLItem] = []
        try expect("{")
        while !skipSpace(to: "}") {
            let position = cursor.position
            try budget.spend(at: position)
            let name = try parseString()
            try expect(":")
            let value = try parseValue()
            items.append(
                .attribute(HCLAttribute(name: name, value: value, position: position)))
            if skipSpace(to: ",") { cursor.advance() }
        }
        cursor.advance()
        return HCLBody(items: items)
    }

    private mutating func parseList() throws(HCLError) -> [HCLValue] {
        var values: [HCLValue] = []
        try expect("[")
        while !skipSpace(to: "]") {
            try budget.spend(at: cursor.position)
            values.append(try parseValue())
            if skipSpace(to: ",") { cursor.advance() }
        }
        cursor.advance()
        return values
    }

    private mutating func parseValue() throws(HCLError) -> HCLValue {
        _ = skipSpace(to: " ")
        let position = cursor.position
        let kind: HCLValue.Kind
        switch cursor.peek() {
        case UInt8(ascii: "{"): kind = .object(try parseObject())
        case UInt8(ascii: "["): kind = .list(try parseList())
        case UInt8(ascii: "\""): kind = .string(try parseString())
        case let byte? where byte == UInt8(ascii: "-") || HCLNumber.isDigit(byte):
            kind = .number(takeWord())
        default:
            switch takeWord() {
            case "true": kind = .bool(true)
            case "false": kind = .bool(false)
            case "null": kind = .null
            default: throw HCLError(.syntax, at: position, "expected a value")
            }
        }
        return HCLValue(kind, at: position)
    }

    /// The JSON module resolves the escapes: one implementation of them is enough.
    private mutating func parseString() throws(HCLError) -> String {
        let position = cursor.position
        let start = cursor.offset
        try expect("\"")
        while let byte = cursor.peek(), byte != UInt8(ascii: "\"") {
            cursor.advance(byte == UInt8(ascii: "\\") ? 2 : 1)
        }
        try expect("\"")
        let literal = Array(cursor.bytes(from: start))
        guard let text = (try? JSONValue(parsing: literal))?.stringValue else {
            throw HCLError(.syntax, at: position, "malformed string")
        }
        guard !text.utf8.contains(0) else {
            throw HCLError(.syntax, at: position, "NUL in a string")
        }
        return text
    }

    private mutating func takeWord() -> String {
        let start = cursor.offset
        cursor.skip { HCLLexer.continuesName($0) || $0 == UInt8(ascii: "+") }
        return cursor.text(from: start)
    }

    private mutating func expect(_ character: Character) throws(HCLError) {
        guard skipSpace(to: character) else {
            throw HCLError(.syntax, at: cursor.position, "expected \"\(character)\"")
        }
        cursor.advance()
    }

    /// Skips white space; true if `character` comes next.
    private mutating func skipSpace(to character: Character) -> Bool {
        cursor.skip { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        return cursor.isNext(character)
    }
}

extension HCLError {
    /// The JSON parser counts bytes; people count characters.
    fileprivate init(_ error: JSONError, in bytes: [UInt8]) {
        var cursor = HCLCursor(bytes)
        while cursor.offset < min(error.offset, bytes.count) { cursor.advance() }
        let code: Code =
            switch error.code {
            case .tooDeep: .tooDeep
            case .tooManyMembers: .tooManyItems
            case .tooLarge: .tooLarge
            case .duplicateKey: .duplicate
            default: .syntax
            }
        self.init(code, at: cursor.position, "not valid JSON: \(error.code.reason)")
    }
}
