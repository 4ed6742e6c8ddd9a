// What the core asks of the log: levels that change while the server runs, and somebody watching.

public import Logging

/// The server's log, with a level for each of its parts.
public protocol LogControl: Sendable {
    /// The parts by name, with their levels.
    var levels: [(name: String, level: Logger.Level)] { get }

    /// Sets the level of a part, or of all; false if there is no such part.
    func setLevel(_ level: Logger.Level, of name: String?) -> Bool

    /// Back to what the configuration says; false if there is no such part.
    func revertLevel(of name: String?) -> Bool

    /// Lines from now on, down to a level; `nil` if too many are watching already.
    func monitor(_ level: Logger.Level, format: LogLineFormat) -> (any ResponseStream)?

    /// Ends everybody's watching.
    func endMonitors()
}

/// How a line of the log is written.
public enum LogLineFormat: String, Sendable {
    case standard
    case json
}

extension Logger.Level {
    /// The names that Vault has for levels, and those that people write instead.
    public init?(vaultName name: String) {
        switch name.lowercased() {
        case "trace": self = .trace
        case "debug": self = .debug
        case "info", "notice": self = .info
        case "warn", "warning": self = .warning
        case "err", "error": self = .error
        default: return nil
        }
    }

    public var vaultName: String {
        switch self {
        case .trace: "trace"
        case .debug: "debug"
        case .info, .notice: "info"
        case .warning: "warn"
        case .error, .critical: "error"
        }
    }
}
