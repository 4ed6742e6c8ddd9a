// The server's log: one line per entry on standard error, for people or as JSON.

internal import Clock
internal import Glibc
internal import JSON
internal import Kernel
internal import Logging

/// How lines are written.
enum LogFormat: String, Sendable {
    case standard
    case json
}

/// A swift-log handler that writes lines to a descriptor.
struct LogSink: LogHandler {
    private let label: String
    private let format: LogFormat
    private let descriptor: Int32
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    init(label: String, format: LogFormat, level: Logger.Level, descriptor: Int32 = STDERR_FILENO) {
        self.label = label
        self.format = format
        self.logLevel = level
        self.descriptor = descriptor
    }

    /// The same log under another part's name.
    func named(_ label: String) -> LogSink {
        LogSink(label: label, format: format, level: logLevel, descriptor: descriptor)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
            .sorted { $0.key < $1.key }
        let time = Timestamp.now.rfc3339
        var line: [UInt8]
        switch format {
        case .standard:
            let message = VisibleText.escaping("\(event.message)")
            var text = "\(time) [\(Self.tag(event.level))] \(label): \(message)"
            for (key, value) in all {
                let value = VisibleText.escaping("\(value)")
                let hasSpace = value.utf8.contains(UInt8(ascii: " "))
                text += " \(key)=" + (hasSpace ? "\"\(value)\"" : value)
            }
            line = Array(text.utf8)
        case .json:
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("@level", event.level.rawValue)
            writer.member("@message", "\(event.message)")
            writer.member("@module", label)
            writer.member("@timestamp", time)
            for (key, value) in all { writer.member(key, "\(value)") }
            writer.endObject()
            line = writer.bytes
        }
        line.append(UInt8(ascii: "\n"))
        // One write per line keeps lines of several threads whole. A log that cannot be written
        // must not stop the server.
        _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }

    private static func tag(_ level: Logger.Level) -> String {
        switch level {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info, .notice: "INFO "
        case .warning: "WARN "
        case .error, .critical: "ERROR"
        }
    }
}

extension Logger.Level {
    /// The level by the name that configuration and command line use.
    init?(configured name: String) {
        switch name.lowercased() {
        case "trace": self = .trace
        case "debug": self = .debug
        case "info", "notice": self = .info
        case "warn", "warning": self = .warning
        case "err", "error": self = .error
        default: return nil
        }
    }
}
