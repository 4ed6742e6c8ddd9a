// The log: one JSON object a line on stderr, which the core reads. Values are text of the author's
// choice; what a client sent does not belong there.

import Clock
import Glibc
import JSON
import Synchronization

public enum Log {
    public enum Level: Int, Sendable, CaseIterable {
        case trace, debug, info, warn, error, off
    }

    /// Lines below this level are not written: `COFFER_PLUGIN_LOG_LEVEL`, or `info`.
    public static var level: Level {
        get { Level(rawValue: threshold.load(ordering: .relaxed)) ?? .info }
        set { threshold.store(newValue.rawValue, ordering: .relaxed) }
    }

    private static let threshold: Atomic<Int> = {
        let name = getenv("COFFER_PLUGIN_LOG_LEVEL").map { String(cString: $0) } ?? ""
        let level = Level.allCases.first { "\($0)".utf8.elementsEqual(name.utf8) }
        return Atomic((level ?? .info).rawValue)
    }()

    public static func trace(_ message: String, _ values: [String: String] = [:]) {
        write(.trace, message, values)
    }

    public static func debug(_ message: String, _ values: [String: String] = [:]) {
        write(.debug, message, values)
    }

    public static func info(_ message: String, _ values: [String: String] = [:]) {
        write(.info, message, values)
    }

    public static func warn(_ message: String, _ values: [String: String] = [:]) {
        write(.warn, message, values)
    }

    public static func error(_ message: String, _ values: [String: String] = [:]) {
        write(.error, message, values)
    }

    /// One line with its end. `@` names are the logger's own, so no value can pass for one.
    package static func line(
        _ level: Level, _ message: String, _ values: [String: String]
    ) -> [UInt8] {
        var members: [(String, JSONValue)] = [
            ("@level", .string("\(level)")),
            ("@message", .string(message)),
            ("@timestamp", .string(Timestamp.now.rfc3339)),
        ]
        for (key, value) in values.sorted(by: { $0.key < $1.key }) where key.first != "@" {
            members.append((key, .string(value)))
        }
        return JSONValue.object(JSONObject(members)).encoded() + [UInt8(ascii: "\n")]
    }

    private static func write(_ level: Level, _ message: String, _ values: [String: String]) {
        guard level.rawValue >= threshold.load(ordering: .relaxed) else { return }
        // One call a line, so that the lines of several threads do not mix.
        _ = line(level, message, values).withUnsafeBytes {
            Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count)
        }
    }
}
