// `custom_metadata`: up to 64 pairs of printable text that describe a secret, not versioned.

import JSON
import Paths
import PluginSDK

struct CustomMetadata: Equatable, Sendable {
    struct Pair: Equatable, Sendable {
        var key: String
        var value: String
    }

    /// In byte order of the keys, as Vault prints them.
    private(set) var pairs: [Pair] = []

    init() {}

    /// What a client sent. Every fault is named, as Vault does it, and no value is repeated.
    init(validating object: JSONObject) throws(PluginError) {
        // Counted first: a check of each of a million pairs would be work for the asking.
        if object.count > Limits.maxCustomMetadataKeys {
            throw Self.refusal([
                "payload must contain at most \(Limits.maxCustomMetadataKeys) keys, "
                    + "provided \(object.count)"
            ])
        }
        var faults: [String] = []
        for (key, value) in object.members {
            guard let text = Self.text(of: value) else {
                throw PluginError(
                    .invalidRequest,
                    "\(Self.refusalPrefix): '' expected type 'string', got unconvertible type "
                        + "'\(value.typeNameInGo)' for key \(Self.quoted(key))")
            }
            faults += Self.faults(key: key, value: text)
            pairs.append(Pair(key: key, value: text))
        }
        if !faults.isEmpty { throw Self.refusal(faults) }
        sort()
    }

    /// What storage held.
    init(stored pairs: [Pair]) {
        self.pairs = pairs
    }

    /// The pairs after a merge patch: `null` removes a key, everything else sets it.
    func patched(with patch: JSONObject) throws(PluginError) -> CustomMetadata {
        var set = JSONObject()
        var removed: [String] = []
        for (key, value) in patch.members {
            if case .null = value { removed.append(key) } else { set[key] = value }
        }
        let changes = try CustomMetadata(validating: set)
        let replaced = Set((removed + changes.pairs.map(\.key)).map { Array($0.utf8) })
        var result = CustomMetadata(
            stored: pairs.filter { !replaced.contains(Array($0.key.utf8)) } + changes.pairs)
        if result.pairs.count > Limits.maxCustomMetadataKeys {
            throw Self.refusal([
                "payload must contain at most \(Limits.maxCustomMetadataKeys) keys, "
                    + "provided \(result.pairs.count)"
            ])
        }
        result.sort()
        return result
    }

    private mutating func sort() {
        pairs.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    private static let refusalPrefix = "custom_metadata validation failed"

    private static func refusal(_ faults: [String]) -> PluginError {
        let count = faults.count == 1 ? "1 error occurred" : "\(faults.count) errors occurred"
        let lines = faults.map { "\t* \(refusalPrefix): \($0)\n" }.joined()
        return PluginError(.invalidRequest, "\(count):\n\(lines)\n")
    }

    private static func faults(key: String, value: String) -> [String] {
        let keyBytes = key.utf8.count
        let valueBytes = value.utf8.count
        let name = quoted(key)
        var faults: [String] = []
        if keyBytes == 0 || keyBytes > Limits.maxCustomMetadataKeyBytes {
            faults.append(
                "length of key \(name) is \(keyBytes) but must be "
                    + "0 < len(key) <= \(Limits.maxCustomMetadataKeyBytes)")
        }
        if valueBytes == 0 || valueBytes > Limits.maxCustomMetadataValueBytes {
            faults.append(
                "length of value for key \(name) is \(valueBytes) but must be "
                    + "0 < len(value) <= \(Limits.maxCustomMetadataValueBytes)")
        }
        if !VisibleText.isPrintable(key) {
            faults.append("key \(name) contains unprintable characters")
        }
        if !VisibleText.isPrintable(value) {
            faults.append("value for key \(name) contains unprintable characters")
        }
        return faults
    }

    /// A number is its digits, a boolean 1 or 0 and `null` the empty text (refused later), as Vault
    /// converts them; a list or an object is no text.
    private static func text(of value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .number(let number): number.text
        case .bool(let flag): flag ? "1" : "0"
        case .null: ""
        case .array, .object: nil
        }
    }

    /// A key for an error message: escaped, and cut, so that a message cannot be made huge or carry
    /// control characters into somebody's terminal.
    private static func quoted(_ key: String) -> String {
        var text = "\""
        for scalar in key.unicodeScalars.prefix(Limits.maxCustomMetadataKeyBytes) {
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default:
                if VisibleText.isPrintable(scalar) {
                    text.unicodeScalars.append(scalar)
                } else {
                    let digits = String(scalar.value, radix: 16)
                    let zeros = String(repeating: "0", count: max(0, 4 - digits.count))
                    text += "\\u\(zeros)\(digits)"
                }
            }
        }
        return text + "\""
    }
}

extension JSONValue {
    fileprivate var typeNameInGo: String {
        switch self {
        case .array: "[]interface {}"
        case .object: "map[string]interface {}"
        default: "string"
        }
    }
}
