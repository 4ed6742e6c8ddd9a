// Trees as bytes: compact for machines, indented for people, sorted where output must be stable.

extension JSONValue {
    public func encoded() -> [UInt8] { encoded(pretty: false, sortedKeys: false) }

    /// `pretty` indents by two spaces; `sortedKeys` orders members by the bytes of their keys.
    public func encoded(pretty: Bool, sortedKeys: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        JSONPrinter(isPretty: pretty, sortsKeys: sortedKeys).append(self, to: &bytes)
        return bytes
    }

    public func encodedString(pretty: Bool = false, sortedKeys: Bool = false) -> String {
        String(decoding: encoded(pretty: pretty, sortedKeys: sortedKeys), as: UTF8.self)
    }
}

struct JSONPrinter {
    let isPretty: Bool
    let sortsKeys: Bool

    static let compact = JSONPrinter(isPretty: false, sortsKeys: false)

    func append(_ value: JSONValue, to bytes: inout [UInt8]) {
        append(value, depth: 0, to: &bytes)
    }

    private func append(_ value: JSONValue, depth: Int, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let value): bytes.append(contentsOf: value.text.utf8)
        case .string(let value): JSONEscaping.append(value, to: &bytes)
        case .array(let elements): append(elements, depth: depth, to: &bytes)
        case .object(let object): append(object, depth: depth, to: &bytes)
        }
    }

    private func append(_ elements: [JSONValue], depth: Int, to bytes: inout [UInt8]) {
        bytes.append(Ascii.openBracket)
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(Ascii.comma) }
            breakLine(depth: depth + 1, to: &bytes)
            append(element, depth: depth + 1, to: &bytes)
        }
        if !elements.isEmpty { breakLine(depth: depth, to: &bytes) }
        bytes.append(Ascii.closeBracket)
    }

    private func append(_ object: JSONObject, depth: Int, to bytes: inout [UInt8]) {
        bytes.append(Ascii.openBrace)
        var members = object.members
        if sortsKeys {
            members.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        }
        for (index, member) in members.enumerated() {
            if index > 0 { bytes.append(Ascii.comma) }
            breakLine(depth: depth + 1, to: &bytes)
            JSONEscaping.append(member.key, to: &bytes)
            bytes.append(Ascii.colon)
            if isPretty { bytes.append(Ascii.space) }
            append(member.value, depth: depth + 1, to: &bytes)
        }
        if !members.isEmpty { breakLine(depth: depth, to: &bytes) }
        bytes.append(Ascii.closeBrace)
    }

    private func breakLine(depth: Int, to bytes: inout [UInt8]) {
        guard isPretty else { return }
        bytes.append(Ascii.newline)
        bytes.append(contentsOf: repeatElement(Ascii.space, count: depth * 2))
    }
}
