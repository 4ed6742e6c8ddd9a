// Reads username templates.

struct TemplateParser {
    private static let maxDepth = 16

    private var rest: ArraySlice<UInt8>

    static func parts(_ text: String) throws(TemplateError) -> [UsernameTemplate.Part] {
        var parts: [UsernameTemplate.Part] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            guard let start = rest.firstRange(of: Array("{{".utf8)) else {
                parts.append(.text(String(decoding: rest, as: UTF8.self)))
                break
            }
            if start.lowerBound > rest.startIndex {
                parts.append(
                    .text(String(decoding: rest[..<start.lowerBound], as: UTF8.self)))
            }
            var parser = TemplateParser(rest: rest[start.upperBound...])
            parts.append(.value(try parser.pipeline(depth: 0)))
            parser.skipSpace()
            guard parser.rest.starts(with: Array("}}".utf8)) else {
                throw TemplateError("a \"{{\" without its \"}}\"")
            }
            rest = parser.rest.dropFirst(2)
        }
        return parts
    }

    private mutating func pipeline(
        depth: Int
    ) throws(TemplateError) -> UsernameTemplate.Pipeline {
        guard depth < Self.maxDepth else { throw TemplateError("too many parentheses") }
        var commands = [try command(depth)]
        skipSpace()
        while rest.first == UInt8(ascii: "|") {
            rest = rest.dropFirst()
            commands.append(try command(depth))
            skipSpace()
        }
        return UsernameTemplate.Pipeline(commands: commands)
    }

    private mutating func command(_ depth: Int) throws(TemplateError) -> UsernameTemplate.Command {
        guard let first = try operand(depth) else { throw TemplateError("an empty part") }
        guard case .function(let function) = first else { return .operand(first) }
        var operands: [UsernameTemplate.Operand] = []
        while let next = try operand(depth) { operands.append(next) }
        return .call(function, operands)
    }

    private mutating func operand(
        _ depth: Int
    ) throws(TemplateError) -> UsernameTemplate.Operand? {
        skipSpace()
        switch rest.first {
        case nil, UInt8(ascii: "|"), UInt8(ascii: ")"), UInt8(ascii: "}"): return nil
        case UInt8(ascii: "("):
            rest = rest.dropFirst()
            let inner = try pipeline(depth: depth + 1)
            skipSpace()
            guard rest.first == UInt8(ascii: ")") else {
                throw TemplateError("a \"(\" without its \")\"")
            }
            rest = rest.dropFirst()
            return .pipeline(inner)
        case UInt8(ascii: "\""): return .text(try quoted(UInt8(ascii: "\""), escapes: true))
        case UInt8(ascii: "`"): return .text(try quoted(UInt8(ascii: "`"), escapes: false))
        default: return try word()
        }
    }

    private mutating func quoted(
        _ quote: UInt8, escapes: Bool
    ) throws(TemplateError) -> String {
        rest = rest.dropFirst()
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == quote { return String(decoding: text, as: UTF8.self) }
            if escapes, byte == UInt8(ascii: "\\") {
                guard let next = rest.popFirst(), [0x22, 0x5C].contains(next) else {
                    throw TemplateError("a \"\\\" before something else than a quote")
                }
                text.append(next)
            } else {
                text.append(byte)
            }
        }
        throw TemplateError("a text without its end")
    }

    private mutating func word() throws(TemplateError) -> UsernameTemplate.Operand {
        let bytes = rest.prefix { $0.isWordByte || $0 == UInt8(ascii: ".") || $0 == 0x2D }
        rest = rest.dropFirst(bytes.count)
        let text = String(decoding: bytes, as: UTF8.self)
        if let number = Int(text) { return .number(number) }
        switch text {
        case ".DisplayName": return .displayName
        case ".RoleName": return .roleName
        default: break
        }
        guard let function = TemplateFunction.allCases.first(where: { $0.rawValue == text }) else {
            throw TemplateError(
                "\"\(text)\" is neither .DisplayName, .RoleName nor a function")
        }
        return .function(function)
    }

    private mutating func skipSpace() {
        rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    }
}
