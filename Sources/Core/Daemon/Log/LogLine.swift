// One line of the log, for people or as JSON.

internal import Clock
internal import JSON
internal import Kernel
internal import Logging
internal import Paths

struct LogLine {
    let time: Timestamp
    let level: Logger.Level
    /// The part of the server that speaks.
    let label: String
    let message: String
    let metadata: Logger.Metadata

    /// With its end of line. What somebody else chose cannot end it earlier.
    func bytes(_ format: LogLineFormat) -> [UInt8] {
        let all = metadata.sorted { $0.key < $1.key }
        var line: [UInt8]
        switch format {
        case .standard:
            var text = "\(time.rfc3339) [\(tag)] \(label): \(VisibleText.escaping(message))"
            for (key, value) in all {
                let value = VisibleText.escaping("\(value)")
                let hasSpace = value.utf8.contains(UInt8(ascii: " "))
                text += " \(key)=" + (hasSpace ? "\"\(value)\"" : value)
            }
            line = Array(text.utf8)
        case .json:
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("@level", level.rawValue)
            writer.member("@message", message)
            writer.member("@module", label)
            writer.member("@timestamp", time.rfc3339)
            for (key, value) in all { writer.member(key, "\(value)") }
            writer.endObject()
            line = writer.bytes
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    private var tag: String {
        switch level {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info, .notice: "INFO "
        case .warning: "WARN "
        case .error, .critical: "ERROR"
        }
    }
}
