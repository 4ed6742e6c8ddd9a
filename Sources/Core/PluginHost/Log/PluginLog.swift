// A plugin's standard error on its way into the core's log.

import Logging

/// Splitter, budget and logger of one process. Lives on the process thread.
struct PluginLog {
    private let logger: Logger
    private var splitter = LineSplitter(longestLineBytes: PluginHostLimits.logLineBytes)
    private var budget = LogBudget(
        linesPerSecond: PluginHostLimits.logLinesPerSecond,
        bytesPerSecond: PluginHostLimits.logBytesPerSecond)

    init(logger: Logger) { self.logger = logger }

    /// When reading may go on, or `nil` if it may at once.
    var pausedUntil: UInt64? { budget.pausedUntil }
    /// When `tick` is due.
    var dueAt: UInt64? { budget.pausedUntil ?? budget.reportsAt }

    mutating func append(_ bytes: UnsafeRawBufferPointer, now: UInt64) {
        tick(now: now)
        budget.didRead(bytes: bytes.count)
        var lines: [LineSplitter.Line] = []
        splitter.append(bytes) { lines.append($0) }
        for line in lines { write(line) }
    }

    mutating func tick(now: UInt64) { tell(dropped: budget.roll(now: now)) }

    mutating func finish() {
        var lines: [LineSplitter.Line] = []
        splitter.finish { lines.append($0) }
        for line in lines { write(line) }
        tell(dropped: budget.takeDropped())
    }

    private mutating func write(_ line: LineSplitter.Line) {
        guard budget.admitsLine() else { return }
        let parsed = LogLine(line.bytes, isCut: line.isCut)
        var metadata: Logger.Metadata = [:]
        for (name, value) in parsed.metadata { metadata[name] = .string(value) }
        // Who is speaking is not the speaker's to say.
        metadata["plugin"] = logger[metadataKey: "plugin"]
        metadata["pid"] = logger[metadataKey: "pid"]
        logger.log(level: parsed.level, "\(parsed.message)", metadata: metadata)
    }

    private func tell(dropped: Int) {
        guard dropped > 0 else { return }
        logger.warning("\(dropped) log lines of the plugin were dropped")
    }
}
