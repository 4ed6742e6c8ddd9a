// The server's log: one line per entry on standard error, for people or as JSON.

internal import Clock
internal import Kernel
internal import Logging

/// A swift-log handler for one part of the server.
struct LogSink: LogHandler {
    let router: LogRouter
    private let part: LogSwitch
    /// A level that somebody gave to this one logger.
    private var ownLevel: Logger.Level?
    var metadata: Logger.Metadata = [:]

    init(label: String, router: LogRouter) {
        self.router = router
        self.part = router.switchOf(label)
    }

    /// The same log under another part's name.
    func named(_ label: String) -> LogSink { LogSink(label: label, router: router) }

    var logLevel: Logger.Level {
        get { ownLevel ?? part.wantedLevel }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let line = LogLine(
            time: .now, level: event.level, label: part.name, message: "\(event.message)",
            metadata: metadata.merging(event.metadata ?? [:]) { _, new in new })
        router.write(line, ownLevel ?? part.level)
    }
}
