// The lines that wait for one who watches the log.

public import Logging
internal import Synchronization

/// Holds a bounded number of lines. When the reader is slow, lines are dropped and counted, and the
/// reader is told how many.
public final class LogMonitor: ResponseStream {
    private struct State {
        var lines: [[UInt8]] = []
        var bytes = 0
        var dropped = 0
        var isEnded = false
        var wake: (@Sendable () -> Void)?
    }

    public let level: Logger.Level
    public let format: LogLineFormat
    private let maxLines: Int
    private let maxBytes: Int
    private let droppedLine: @Sendable (Int) -> [UInt8]
    private let whenOpened: @Sendable (LogMonitor) -> Void
    private let whenClosed: @Sendable (LogMonitor) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - droppedLine: a line that says how many were dropped.
    ///   - whenOpened: called when somebody begins to read; a stream that never was opened leaves
    ///     nothing behind.
    ///   - whenClosed: called when the reader is gone.
    public init(
        level: Logger.Level, format: LogLineFormat,
        maxLines: Int = KernelLimits.logMonitorLines,
        maxBytes: Int = KernelLimits.logMonitorBytes,
        droppedLine: @escaping @Sendable (Int) -> [UInt8],
        whenOpened: @escaping @Sendable (LogMonitor) -> Void,
        whenClosed: @escaping @Sendable (LogMonitor) -> Void
    ) {
        self.level = level
        self.format = format
        self.maxLines = maxLines
        self.maxBytes = maxBytes
        self.droppedLine = droppedLine
        self.whenOpened = whenOpened
        self.whenClosed = whenClosed
    }

    /// Adds a line, or drops it. Never waits.
    public func offer(_ line: [UInt8]) {
        let wake = state.withLock { state -> (@Sendable () -> Void)? in
            guard !state.isEnded else { return nil }
            guard state.lines.count < maxLines, state.bytes + line.count <= maxBytes else {
                state.dropped += 1
                return nil
            }
            let wasEmpty = state.lines.isEmpty
            state.lines.append(line)
            state.bytes += line.count
            return wasEmpty ? state.wake : nil
        }
        wake?()
    }

    /// What is there is still read; then the stream ends.
    public func end() {
        let wake = state.withLock { state in
            state.isEnded = true
            return state.wake
        }
        wake?()
    }

    // MARK: ResponseStream

    public func open(wake: @escaping @Sendable () -> Void) {
        state.withLock { $0.wake = wake }
        whenOpened(self)
        wake()
    }

    public func take() -> ResponsePart {
        state.withLock { state in
            if state.lines.isEmpty, state.dropped == 0 {
                return state.isEnded ? .end : .nothingYet
            }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(state.bytes + 128)
            for line in state.lines { bytes += line }
            if state.dropped > 0 { bytes += droppedLine(state.dropped) }
            state.lines = []
            state.bytes = 0
            state.dropped = 0
            return .bytes(bytes)
        }
    }

    public func close() {
        state.withLock { $0 = State(isEnded: true) }
        whenClosed(self)
    }
}
