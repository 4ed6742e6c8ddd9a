// A log that a test can read, and wait on.

import Logging
import Synchronization

final class CapturedLog: Sendable {
    struct Line: Sendable {
        var level: Logger.Level
        var message: String
        var metadata: [String: String]
    }

    private struct State {
        var lines: [Line] = []
        var waiters:
            [(matches: @Sendable (Line) -> Bool, continuation: CheckedContinuation<Line, Never>)] =
                []
    }
    private let state = Mutex(State())

    var lines: [Line] { state.withLock { $0.lines } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(log: self) }
        logger.logLevel = .trace
        return logger
    }

    /// The first line that matches, now or as soon as it comes.
    func first(where matches: @escaping @Sendable (Line) -> Bool) async -> Line {
        await withCheckedContinuation { continuation in
            let found = state.withLock { state -> Line? in
                if let line = state.lines.first(where: matches) { return line }
                state.waiters.append((matches, continuation))
                return nil
            }
            if let found { continuation.resume(returning: found) }
        }
    }

    fileprivate func append(_ line: Line) {
        let due = state.withLock { state in
            state.lines.append(line)
            let due = state.waiters.filter { $0.matches(line) }
            state.waiters.removeAll { $0.matches(line) }
            return due
        }
        for waiter in due { waiter.continuation.resume(returning: line) }
    }

    private struct Handler: LogHandler {
        let log: CapturedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            var all = metadata
            all.merge(event.metadata ?? [:]) { $1 }
            log.append(
                Line(
                    level: event.level, message: event.message.description,
                    metadata: all.mapValues(\.description)))
        }
    }
}
