// The metadata of a secret id: a JSON object, in a text or as it is, or `name=value,name=value`.

import JSON
import PluginSDK

enum SecretIDMetadata {
    static func read(_ value: JSONValue?) throws(PluginError) -> [TextPair] {
        let pairs: [TextPair]
        switch value {
        case nil, .null: pairs = []
        case .object(let object): pairs = try texts(of: object)
        case .string(let text): pairs = try parse(text)
        default: throw unreadable
        }
        guard pairs.count <= Limits.maxMetadataEntries,
            pairs.allSatisfy({
                $0.name.utf8.count <= Limits.maxMetadataBytes
                    && $0.value.utf8.count <= Limits.maxMetadataBytes
            })
        else {
            throw PluginError(
                .invalidRequest,
                "metadata may have \(Limits.maxMetadataEntries) entries of at most "
                    + "\(Limits.maxMetadataBytes) bytes")
        }
        return pairs
    }

    private static var unreadable: PluginError {
        PluginError(
            .invalidRequest,
            "failed to parse metadata: expected JSON text of an object of strings, or name=value "
                + "pairs separated by commas")
    }

    private static func parse(_ text: String) throws(PluginError) -> [TextPair] {
        let text = text.utf8.drop { $0 == UInt8(ascii: " ") }
        if text.isEmpty { return [] }
        if text.first == UInt8(ascii: "{") {
            guard let object = (try? JSONValue(parsing: Array(text)))?.objectValue else {
                throw unreadable
            }
            return try texts(of: object)
        }
        // A name that is given twice has its last value.
        var members = JSONObject()
        for pair in text.split(separator: UInt8(ascii: ",")) {
            let parts = pair.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false
            ).map { part in
                let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") }
                let trimmed = Array(
                    Array(part.drop(while: isSpace)).reversed().drop(while: isSpace))
                return String(decoding: trimmed.reversed(), as: UTF8.self)
            }
            guard parts.count == 2, let name = parts.first, let value = parts.last, !name.isEmpty
            else { throw unreadable }
            members[name] = .string(value)
        }
        return try texts(of: members)
    }

    private static func texts(of object: JSONObject) throws(PluginError) -> [TextPair] {
        var pairs: [TextPair] = []
        for (name, value) in object.members {
            guard let text = value.stringValue else { throw unreadable }
            pairs.append(TextPair(name, text))
        }
        return pairs
    }
}
