// One line of a plugin's standard error, read as what it is: structured JSON, or text of a
// stranger.

import JSON
import Logging

struct LogLine: Equatable {
    var level: Logger.Level
    var message: String
    var metadata: [(name: String, value: String)]

    static func == (one: LogLine, other: LogLine) -> Bool {
        one.level == other.level && one.message == other.message
            && one.metadata.elementsEqual(other.metadata) { $0 == $1 }
    }

    /// `{"@level": …, "@message": …, further members}`, or any other text at info.
    init(_ bytes: [UInt8], isCut: Bool) {
        if !isCut, let object = Self.parse(bytes), let text = object["@message"]?.stringValue {
            level = Self.level(object["@level"]?.stringValue)
            message = Self.safe(text)
            metadata = Self.metadata(object)
        } else {
            level = .info
            message = LogText.safe(bytes, longestBytes: PluginHostLimits.logLineBytes)
            metadata = isCut ? [("cut", "true")] : []
        }
    }

    private static func parse(_ bytes: [UInt8]) -> JSONObject? {
        guard bytes.first == UInt8(ascii: "{") else { return nil }
        return (try? JSONValue(parsing: bytes, limits: JSONLimits(maxDepth: 8)))?.objectValue
    }

    private static func level(_ name: String?) -> Logger.Level {
        switch name {
        case "trace": .trace
        case "debug": .debug
        case "warn", "warning": .warning
        case "error": .error
        default: .info
        }
    }

    private static func metadata(_ object: JSONObject) -> [(name: String, value: String)] {
        var result: [(name: String, value: String)] = []
        for (key, value) in object.members where !key.utf8.starts(with: "@".utf8) {
            guard result.count < PluginHostLimits.logMetadataEntries else { break }
            result.append((safe(key), safe(value.stringValue ?? value.encodedString())))
        }
        return result
    }

    private static func safe(_ text: String) -> String {
        LogText.safe(text.utf8, longestBytes: PluginHostLimits.logLineBytes)
    }
}
