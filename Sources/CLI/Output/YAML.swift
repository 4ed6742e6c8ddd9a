// JSON values as YAML, keys sorted, for -format=yaml. Strings that a YAML reader could take for
// something else are put in double quotes, where JSON's escapes are YAML's.

import JSON

enum YAML {
    static func text(_ value: JSONValue) -> String {
        var lines: [String] = []
        switch value {
        case .object(let object) where !object.isEmpty: append(object, indent: 0, to: &lines)
        case .array(let elements) where !elements.isEmpty: append(elements, indent: 0, to: &lines)
        default: lines.append(scalar(value))
        }
        return lines.joined(separator: "\n")
    }

    private static func append(_ object: JSONObject, indent: Int, to lines: inout [String]) {
        let margin = String(repeating: " ", count: indent)
        for (key, value) in object.sortedMembers {
            let head = margin + string(key) + ":"
            switch value {
            case .object(let inner) where !inner.isEmpty:
                lines.append(head)
                append(inner, indent: indent + 2, to: &lines)
            case .array(let elements) where !elements.isEmpty:
                lines.append(head)
                append(elements, indent: indent, to: &lines)
            default:
                lines.append(head + " " + scalar(value))
            }
        }
    }

    private static func append(_ elements: [JSONValue], indent: Int, to lines: inout [String]) {
        let margin = String(repeating: " ", count: indent)
        for element in elements {
            var inner: [String] = []
            switch element {
            case .object(let object) where !object.isEmpty:
                append(object, indent: indent + 2, to: &inner)
            case .array(let elements) where !elements.isEmpty:
                append(elements, indent: indent + 2, to: &inner)
            default:
                inner = [margin + "  " + scalar(element)]
            }
            // The first line of the element moves up beside its dash.
            inner[0] = margin + "- " + inner[0].dropFirst(indent + 2)
            lines += inner
        }
    }

    private static func scalar(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .number(let number): number.text
        case .string(let text): string(text)
        case .array: "[]"
        case .object: "{}"
        }
    }

    private static func string(_ text: String) -> String {
        isPlain(text) ? text : JSONValue.string(text).encodedString()
    }

    private static let reserved: Set<String> = [
        "true", "false", "yes", "no", "on", "off", "null", "y", "n",
    ]

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLetter(first) || first == UInt8(ascii: "_"),
            text.utf8.last != UInt8(ascii: " "), !reserved.contains(text.lowercased())
        else { return false }
        return text.utf8.allSatisfy {
            isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || [UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/")]
                    .contains($0)
                || $0 == UInt8(ascii: " ")
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
