// Statements as operators write them, with `{{name}}` and the like in them: taken apart at their
// semicolons, and filled in so that no value leaves the quotes that it stands in.
//
// Names carry what people call themselves, and passwords follow policies that may ask for quotes.
// So the text is read as the server will read it, and each value is written for the place it is at.

import PluginSDK

struct SQLText: Sendable {
    enum Dialect: Sendable {
        /// Dollar quotes, `E'…'` with backslashes, nested comments.
        case postgreSQL
        /// Backslashes in both quotes, backticks, comments after `#`.
        case mySQL
    }

    private enum Place: Equatable {
        case plain
        case quote(UInt8, backslashes: Bool)
        case dollar([UInt8])
        case lineComment
        case blockComment(depth: Int)
    }

    private let dialect: Dialect
    private let values: [(name: [UInt8], value: String)]
    private var place = Place.plain
    private var bytes: [UInt8] = []
    private var index = 0
    private var current: [UInt8] = []
    private var statements: [String] = []

    /// The single statements, without empty ones. A placeholder that `values` does not name stays.
    static func statements(
        _ texts: [String], _ dialect: Dialect, _ values: [(name: String, value: String)]
    ) throws(DatabaseError) -> [String] {
        var all: [String] = []
        for text in texts.flatMap(StatementText.texts) {
            var reader = SQLText(dialect: dialect, values: values)
            all += try reader.read(text)
        }
        return all
    }

    private init(dialect: Dialect, values: [(name: String, value: String)]) {
        self.dialect = dialect
        self.values = values.map { (Array($0.name.utf8), $0.value) }
    }

    private mutating func read(_ text: String) throws(DatabaseError) -> [String] {
        bytes = Array(text.utf8)
        while index < bytes.count {
            if try fillIn() { continue }
            switch place {
            case .plain: readPlain()
            case .quote(let quote, let backslashes): readQuoted(quote, backslashes)
            case .dollar(let tag): readDollarQuoted(tag)
            case .lineComment:
                if bytes[index] == 0x0A || bytes[index] == 0x0D { place = .plain }
                take(1)
            case .blockComment(let depth): readComment(depth)
            }
        }
        endStatement()
        return statements
    }

    // MARK: Reading

    private mutating func readPlain() {
        let byte = bytes[index]
        switch byte {
        case UInt8(ascii: ";"):
            index += 1
            endStatement()
        case UInt8(ascii: "'"), UInt8(ascii: "\""):
            let escapes = dialect == .mySQL || (byte == UInt8(ascii: "'") && isEscapeString)
            place = .quote(byte, backslashes: escapes)
            take(1)
        case UInt8(ascii: "`") where dialect == .mySQL:
            place = .quote(byte, backslashes: false)
            take(1)
        case UInt8(ascii: "#") where dialect == .mySQL:
            place = .lineComment
            take(1)
        case UInt8(ascii: "-") where next("--"):
            place = .lineComment
            take(2)
        case UInt8(ascii: "/") where next("/*"):
            place = .blockComment(depth: 1)
            take(2)
        case UInt8(ascii: "$") where dialect == .postgreSQL:
            guard let tag = dollarTag() else { return take(1) }
            place = .dollar(tag)
            take(tag.count)
        default: take(1)
        }
    }

    private mutating func readQuoted(_ quote: UInt8, _ backslashes: Bool) {
        if backslashes, bytes[index] == UInt8(ascii: "\\") { return take(2) }
        // A doubled quote ends one text and begins the next, which comes to the same.
        if bytes[index] == quote {
            let isDoubled = index + 1 < bytes.count && bytes[index + 1] == quote
            if isDoubled { return take(2) }
            place = .plain
        }
        take(1)
    }

    private mutating func readDollarQuoted(_ tag: [UInt8]) {
        if bytes[index...].starts(with: tag) {
            place = .plain
            return take(tag.count)
        }
        take(1)
    }

    private mutating func readComment(_ depth: Int) {
        if next("*/") {
            place = depth > 1 ? .blockComment(depth: depth - 1) : .plain
            return take(2)
        }
        if dialect == .postgreSQL, next("/*") {
            place = .blockComment(depth: depth + 1)
            return take(2)
        }
        take(1)
    }

    /// `E'` that is no end of a longer word.
    private var isEscapeString: Bool {
        guard index > 0, bytes[index - 1] | 0x20 == UInt8(ascii: "e") else { return false }
        return index == 1 || !isWord(bytes[index - 2])
    }

    /// `$$` or `$tag$`, at a place where no word ends.
    private func dollarTag() -> [UInt8]? {
        if index > 0, isWord(bytes[index - 1]) { return nil }
        let rest = bytes[(index + 1)...]
        guard let end = rest.firstIndex(of: UInt8(ascii: "$")) else { return nil }
        let name = rest[..<end]
        guard name.allSatisfy(isWord), !(name.first.map { (0x30...0x39).contains($0) } ?? false)
        else { return nil }
        return Array(bytes[index...end])
    }

    private func isWord(_ byte: UInt8) -> Bool { byte.isWordByte || byte >= 0x80 }

    private func next(_ text: String) -> Bool { bytes[index...].starts(with: text.utf8) }

    private mutating func take(_ count: Int) {
        let end = min(index + count, bytes.count)
        current += bytes[index..<end]
        index = end
    }

    private mutating func endStatement() {
        let text = String(decoding: current, as: UTF8.self)
        current = []
        if text.utf8.contains(where: { $0 > 0x20 }) { statements.append(text) }
    }

    // MARK: Filling in

    private mutating func fillIn() throws(DatabaseError) -> Bool {
        guard bytes[index] == UInt8(ascii: "{"), next("{{") else { return false }
        let closing = UInt8(ascii: "}")
        switch place {
        case .lineComment, .blockComment: return false
        case .plain, .quote, .dollar: break
        }
        var end = index + 2
        while end + 1 < bytes.count, bytes[end] != closing || bytes[end + 1] != closing {
            end += 1
        }
        guard end + 1 < bytes.count else { return false }
        let name = bytes[(index + 2)..<end].filter { $0 != 0x20 }
        guard let value = values.first(where: { $0.name == name })?.value else { return false }
        current += try written(Array(value.utf8))
        index = end + 2
        return true
    }

    private func written(_ value: [UInt8]) throws(DatabaseError) -> [UInt8] {
        if value.contains(0) { throw DatabaseError(.invalid, "a value contains a NUL") }
        switch place {
        case .quote(let quote, let backslashes):
            return value.flatMap { byte in
                byte == quote || (backslashes && byte == UInt8(ascii: "\\"))
                    ? (byte == quote ? [quote, quote] : [byte, byte]) : [byte]
            }
        case .plain:
            guard value.allSatisfy(\.isWordByte) else {
                throw DatabaseError(
                    .invalid,
                    "a value that is not of letters, digits and underscores only has to stand in "
                        + "quotes in the statement")
            }
            return value
        case .dollar:
            let risky = Array("'\"\\$`;".utf8)
            guard value.allSatisfy({ $0 >= 0x20 && !risky.contains($0) }) else {
                throw DatabaseError(
                    .invalid, "a value with quotes cannot stand in dollar quotes in the statement")
            }
            return value
        case .lineComment, .blockComment: return value
        }
    }
}
