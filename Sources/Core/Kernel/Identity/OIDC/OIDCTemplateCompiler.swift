// From a template's text to its tree.
//
// Each parameter's place is held by a marker while the text is parsed as JSON. Markers carry random
// digits, so that no template can contain one of its own.

internal import Cryptography
internal import JSON
internal import Paths

struct OIDCTemplateCompiler {
    private let marker = "coffer-" + Hex.encode(SecureRandom.bytes(16)) + "-"
    private var directives: [OIDCDirective] = []
    /// Whether the parameter of this number stands inside a quoted text.
    private var isQuoted: [Bool] = []

    /// Compiles a template, in plain text or in base64; empty is no claims.
    static func compile(_ given: String) throws(BackendFailure) -> OIDCTemplate {
        guard given.utf8.count <= KernelLimits.identityTemplateBytes else {
            throw failure("the template is longer than 64 KiB")
        }
        var text = given
        // No template's own text is base64: that has no brace.
        if let decoded = Base64.decode(given),
            let plain = String(validating: decoded, as: UTF8.self)
        {
            text = plain
        }
        guard !text.isEmpty else { return .empty }
        var compiler = OIDCTemplateCompiler()
        let tree: JSONValue
        let json = try compiler.markParameters(of: text)
        do throws(JSONError) { tree = try JSONValue(parsing: json) } catch {
            // Markers shift the offsets, so the place would mislead.
            throw BackendFailure(
                .invalidRequest,
                "error parsing template JSON: with every parameter replaced by a value, the "
                    + "template is not one JSON document (\(error.code))")
        }
        guard case .object(let object) = tree else {
            throw failure("the template is not a JSON object")
        }
        var claims: [(name: String, value: OIDCTemplate.Node)] = []
        for (name, value) in object.members {
            try compiler.checkKey(name)
            guard !OIDCTemplate.reservedClaims.contains(where: { $0.utf8.elementsEqual(name.utf8) })
            else {
                throw BackendFailure(
                    .invalidRequest,
                    "top level key \"\(name)\" not allowed. Restricted keys: "
                        + OIDCTemplate.reservedClaims.joined(separator: ", "))
            }
            claims.append((name, try compiler.node(value)))
        }
        return OIDCTemplate(text: text, claims: claims)
    }

    private static func failure(_ reason: String) -> BackendFailure {
        BackendFailure(.invalidRequest, "error parsing template: \(reason)")
    }

    // MARK: Text

    private static let openingBraces = [UInt8](repeating: UInt8(ascii: "{"), count: 2)
    private static let closingBraces = [UInt8](repeating: UInt8(ascii: "}"), count: 2)

    /// The template with a marker for each parameter.
    private mutating func markParameters(of text: String) throws(BackendFailure) -> [UInt8] {
        var output: [UInt8] = []
        var rest = text.utf8[...]
        var isInString = false
        while let byte = rest.first {
            if rest.starts(with: Self.openingBraces) {
                rest = rest.dropFirst(2)
                let directive = try Self.takeParameter(&rest)
                output += try mark(directive, isQuoted: isInString).utf8
                continue
            }
            rest.removeFirst()
            output.append(byte)
            switch byte {
            case UInt8(ascii: "\""): isInString.toggle()
            case UInt8(ascii: "\\") where isInString:
                if let escaped = rest.popFirst() { output.append(escaped) }
            default: break
            }
        }
        return output
    }

    /// Takes a parameter and the braces after it.
    private static func takeParameter(
        _ rest: inout Substring.UTF8View
    ) throws(BackendFailure) -> OIDCDirective {
        var name = rest
        var length = 0
        while !name.isEmpty, !name.starts(with: closingBraces) {
            name.removeFirst()
            length += 1
        }
        guard !name.isEmpty else { throw failure("unbalanced templating characters") }
        let inside = rest.prefix(length).trimmed
        let shown = VisibleText.escaping(String(Substring(inside)))
        guard let directive = OIDCDirective(parsing: inside) else {
            throw failure("there is no template parameter \"\(shown)\"")
        }
        rest = name.dropFirst(2)
        return directive
    }

    private mutating func mark(
        _ directive: OIDCDirective, isQuoted: Bool
    ) throws(BackendFailure) -> String {
        guard !isQuoted || directive.isNumber else {
            throw Self.failure(
                "a parameter stands for a whole JSON value and takes no quotes around it")
        }
        directives.append(directive)
        self.isQuoted.append(isQuoted)
        let text = "\(marker)\(directives.count - 1);"
        return isQuoted ? text : "\"\(text)\""
    }

    // MARK: Tree

    private func checkKey(_ key: String) throws(BackendFailure) {
        if key.utf8.contains(marker.utf8) {
            throw Self.failure("a parameter cannot be the name of a claim")
        }
    }

    private func node(_ value: JSONValue) throws(BackendFailure) -> OIDCTemplate.Node {
        switch value {
        case .null, .bool, .number: return .literal(value)
        case .string(let text): return node(text)
        case .array(let values):
            var nodes: [OIDCTemplate.Node] = []
            for value in values { nodes.append(try node(value)) }
            return .array(nodes)
        case .object(let object):
            var members: [(key: String, value: OIDCTemplate.Node)] = []
            for (key, value) in object.members {
                try checkKey(key)
                members.append((key, try node(value)))
            }
            return .object(members)
        }
    }

    /// A text as it is, a parameter that stood alone, or a text with numbers in it.
    private func node(_ text: String) -> OIDCTemplate.Node {
        var parts: [OIDCTemplate.TextPart] = []
        var literal: [UInt8] = []
        var rest = text.utf8[...]
        while !rest.isEmpty {
            guard rest.starts(with: marker.utf8), let number = takeMarker(&rest) else {
                literal.append(rest.removeFirst())
                continue
            }
            if !isQuoted[number] { return .parameter(directives[number]) }
            parts.append(.literal(String(decoding: literal, as: UTF8.self)))
            parts.append(.parameter(directives[number]))
            literal = []
        }
        guard !parts.isEmpty else { return .literal(.string(text)) }
        parts.append(.literal(String(decoding: literal, as: UTF8.self)))
        return .text(parts)
    }

    private func takeMarker(_ rest: inout Substring.UTF8View) -> Int? {
        let after = rest.dropFirst(marker.utf8.count)
        let digits = after.prefix { $0 != UInt8(ascii: ";") }
        guard let number = Int(Substring(digits)), directives.indices.contains(number) else {
            return nil
        }
        rest = after.dropFirst(digits.count + 1)
        return number
    }
}

extension Substring.UTF8View {
    fileprivate var trimmed: Substring.UTF8View {
        var text = self
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        while let first = text.first, isSpace(first) { text.removeFirst() }
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}

extension String.UTF8View {
    fileprivate func contains(_ other: String.UTF8View) -> Bool {
        var rest = self[...]
        while rest.count >= other.count {
            if rest.starts(with: other) { return true }
            rest.removeFirst()
        }
        return false
    }
}
