// From what a client sent to what a field is. Clients send "5" for 5 and 5 for "5", the command
// line sends nothing but strings; the rules are those of Vault's field data.

import JSON

enum FieldValue: Sendable {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case seconds(Int)
    case strings([String])
    case object(JSONObject)
    case map([(key: String, value: String)])
    case any
}

enum FieldCoercion {
    static func value(_ json: JSONValue, as kind: FieldKind) throws(FieldProblem) -> FieldValue {
        switch kind {
        case .string: .string(try string(json, or: .notString))
        case .integer: .integer(try integer(json))
        case .boolean: .boolean(try boolean(json))
        case .duration: .seconds(try seconds(json))
        case .stringList: .strings(try strings(json))
        case .object: .object(try object(json))
        case .stringMap: .map(try map(json))
        case .any: .any
        }
    }

    private static func string(
        _ json: JSONValue, or problem: FieldProblem
    ) throws(FieldProblem) -> String {
        switch json {
        case .string(let text): text
        case .number(let number): number.text
        case .bool(let value): value ? "1" : "0"
        case .null, .array, .object: throw problem
        }
    }

    private static func integer(_ json: JSONValue) throws(FieldProblem) -> Int {
        let value: Int? =
            switch json {
            case .number(let number): number.int
            case .string(let text): IntegerText.value(text)
            case .bool(let value): value ? 1 : 0
            case .null, .array, .object: nil
            }
        guard let value else { throw .notInteger }
        return value
    }

    private static func boolean(_ json: JSONValue) throws(FieldProblem) -> Bool {
        switch json {
        case .bool(let value): return value
        case .number(let number):
            guard let value = number.double else { throw .notBoolean }
            return value != 0
        case .string("1"), .string("t"), .string("T"), .string("true"), .string("True"),
            .string("TRUE"):
            return true
        case .string("0"), .string("f"), .string("F"), .string("false"), .string("False"),
            .string("FALSE"), .string(""):
            return false
        case .string, .null, .array, .object: throw .notBoolean
        }
    }

    private static func seconds(_ json: JSONValue) throws(FieldProblem) -> Int {
        let value: Int? =
            switch json {
            case .number(let number): DurationText.seconds(number.text)
            case .string(let text): text.isEmpty ? 0 : DurationText.seconds(text)
            case .bool, .null, .array, .object: nil
            }
        guard let value else { throw .notDuration }
        guard value >= 0 else { throw .negativeDuration }
        return value
    }

    private static func strings(_ json: JSONValue) throws(FieldProblem) -> [String] {
        if case .array(let elements) = json {
            var result: [String] = []
            result.reserveCapacity(elements.count)
            for element in elements {
                result.append(trimmed(try string(element, or: .notList).utf8[...]))
            }
            return result
        }
        let text = try string(json, or: .notList)
        if text.isEmpty { return [] }
        return text.utf8.split(separator: Byte.comma, omittingEmptySubsequences: false).map(trimmed)
    }

    private static func object(_ json: JSONValue) throws(FieldProblem) -> JSONObject {
        guard case .object(let object) = json else { throw .notObject }
        return object
    }

    private static func map(_ json: JSONValue) throws(FieldProblem) -> [(
        key: String, value: String
    )] {
        var map = JSONObject()
        switch json {
        case .object(let object):
            for (key, value) in object.members {
                map[key] = .string(try string(value, or: .notMap))
            }
        case .array(let elements):
            for element in elements { try addPair(try string(element, or: .notMap), to: &map) }
        case .string(let text):
            if !text.isEmpty { try addPair(text, to: &map) }
        case .null, .bool, .number: throw .notMap
        }
        return map.members.map { ($0.key, $0.value.stringValue ?? "") }
    }

    private static func addPair(_ pair: String, to map: inout JSONObject) throws(FieldProblem) {
        let parts = pair.utf8.split(
            separator: Byte.equals, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { throw .notMap }
        map[String(Substring(parts[0]))] = .string(String(Substring(parts[1])))
    }

    private static func trimmed(_ text: Substring.UTF8View) -> String {
        var text = text
        while let first = text.first, Byte.isSpace(first) { text.removeFirst() }
        while let last = text.last, Byte.isSpace(last) { text.removeLast() }
        return String(Substring(text))
    }
}

/// Integers as Go reads them with base 0: decimal, or with a prefix 0x, 0o, 0b or 0.
enum IntegerText {
    static func value(_ text: String) -> Int? {
        // An empty string is what a command line sends for "no value".
        if text.isEmpty { return 0 }
        var digits = text.utf8[...]
        let isNegative = digits.first == 0x2D
        if isNegative || digits.first == Byte.plus { digits.removeFirst() }
        var radix = 10
        if digits.first == 0x30, digits.count > 1 {
            digits.removeFirst()
            switch digits.first.map({ $0 | 0x20 }) {
            case UInt8(ascii: "x"): radix = 16
            case UInt8(ascii: "o"): radix = 8
            case UInt8(ascii: "b"): radix = 2
            default: return magnitude(digits, radix: 8, isNegative: isNegative)
            }
            digits.removeFirst()
        }
        return magnitude(digits, radix: radix, isNegative: isNegative)
    }

    private static func magnitude(
        _ digits: Substring.UTF8View, radix: Int, isNegative: Bool
    ) -> Int? {
        // Swift's initialiser would take a second sign.
        guard let first = digits.first, Byte.isNameByte(first), first != 0x2D else { return nil }
        return Int((isNegative ? "-" : "") + String(Substring(digits)), radix: radix)
    }
}
