// JSON values as the tables show them, which is how Go prints its own: `map[a:1 b:[x y]]`, `<nil>`.

import JSON

enum PlainValue {
    static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: "<nil>"
        case .bool(let flag): flag ? "true" : "false"
        case .number(let number): number.text
        case .string(let text): text
        case .array(let elements): "[" + elements.map(text).joined(separator: " ") + "]"
        case .object(let object):
            "map["
                + object.sortedMembers.map { $0.key + ":" + text($0.value) }.joined(separator: " ")
                + "]"
        }
    }

    /// Values whose names say that they are seconds are shown as `768h`.
    static func text(_ value: JSONValue, named name: String) -> String {
        if isDuration(name), let seconds = value.intValue {
            return GoDuration.readable(seconds: seconds)
        }
        return text(value)
    }

    /// `["default" "root"]`
    static func quotedList(_ value: JSONValue?) -> String {
        let names = value?.arrayValue?.compactMap(\.stringValue) ?? []
        return "[" + names.map { "\"" + $0 + "\"" }.joined(separator: " ") + "]"
    }

    private static func isDuration(_ name: String) -> Bool {
        let words = ["period", "ttl", "duration"]
        return words.contains { name == $0 || name.hasSuffix("_" + $0) } || name == "lease_max"
            || name == "ttl_max"
    }
}
