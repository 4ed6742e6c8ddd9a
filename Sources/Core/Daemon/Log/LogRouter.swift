// Decides which lines of the log are written, and hands them to those who watch.

internal import Clock
internal import Glibc
internal import Kernel
internal import Logging
internal import Synchronization

/// The level of one part of the server, read by its logger before a message is even made.
final class LogSwitch: Sendable {
    let name: String
    /// What is written to the log.
    private let written: Atomic<Int>
    /// What is wanted by anybody, those who watch included.
    private let wanted: Atomic<Int>

    init(name: String, _ level: Logger.Level) {
        self.name = name
        written = Atomic(level.rank)
        wanted = Atomic(level.rank)
    }

    var level: Logger.Level { Logger.Level(rank: written.load(ordering: .relaxed)) }
    var wantedLevel: Logger.Level { Logger.Level(rank: wanted.load(ordering: .relaxed)) }

    func set(_ level: Logger.Level, watched: Logger.Level?) {
        written.store(level.rank, ordering: .relaxed)
        wanted.store(min(level.rank, watched?.rank ?? .max), ordering: .relaxed)
    }
}

final class LogRouter: LogControl {
    private struct State {
        var switches: [String: LogSwitch] = [:]
        var monitors: [ObjectIdentifier: LogMonitor] = [:]

        var watchedLevel: Logger.Level? { monitors.values.map(\.level).min() }
    }

    private let format: LogLineFormat
    private let configured: Logger.Level
    private let descriptor: Int32
    private let state = Mutex(State())
    private let monitorCount = Atomic(0)

    init(format: LogLineFormat, level: Logger.Level, descriptor: Int32 = STDERR_FILENO) {
        self.format = format
        self.configured = level
        self.descriptor = descriptor
    }

    /// The switch of a part; the same for all loggers of that name.
    func switchOf(_ name: String) -> LogSwitch {
        state.withLock { state in
            if let known = state.switches[name] { return known }
            let new = LogSwitch(name: name, configured)
            new.set(configured, watched: state.watchedLevel)
            state.switches[name] = new
            return new
        }
    }

    func write(_ line: LogLine, _ level: Logger.Level) {
        if line.level >= level {
            let bytes = line.bytes(format)
            // One write per line keeps lines of several threads whole. A log that cannot be
            // written must not stop the server.
            _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        }
        guard monitorCount.load(ordering: .relaxed) > 0 else { return }
        for monitor in state.withLock({ Array($0.monitors.values) })
        where line.level >= monitor.level {
            monitor.offer(line.bytes(monitor.format))
        }
    }

    // MARK: Levels

    var levels: [(name: String, level: Logger.Level)] {
        state.withLock { state in
            state.switches.values.map { ($0.name, $0.level) }.sorted { $0.0 < $1.0 }
        }
    }

    func setLevel(_ level: Logger.Level, of name: String?) -> Bool {
        state.withLock { state in
            guard let name else {
                for part in state.switches.values { part.set(level, watched: state.watchedLevel) }
                return true
            }
            guard let part = state.switches[name] else { return false }
            part.set(level, watched: state.watchedLevel)
            return true
        }
    }

    func revertLevel(of name: String?) -> Bool { setLevel(configured, of: name) }

    // MARK: Watching

    func monitor(_ level: Logger.Level, format: LogLineFormat) -> (any ResponseStream)? {
        guard monitorCount.load(ordering: .relaxed) < KernelLimits.logMonitors else { return nil }
        return LogMonitor(
            level: level, format: format,
            droppedLine: { count in
                LogLine(
                    time: .now, level: .warning, label: "monitor",
                    message: "log lines were dropped for this slow reader",
                    metadata: ["dropped": "\(count)"]
                ).bytes(format)
            }, whenOpened: { [weak self] in self?.add($0) },
            whenClosed: { [weak self] in self?.remove($0) })
    }

    private func add(_ monitor: LogMonitor) {
        let isAdded = state.withLock { state in
            // Two may have come at once for the last place.
            guard state.monitors.count < KernelLimits.logMonitors else { return false }
            state.monitors[ObjectIdentifier(monitor)] = monitor
            adjust(&state)
            return true
        }
        if !isAdded { monitor.end() }
    }

    private func remove(_ monitor: LogMonitor) {
        state.withLock { state in
            state.monitors[ObjectIdentifier(monitor)] = nil
            adjust(&state)
        }
    }

    func endMonitors() {
        let monitors = state.withLock { state in
            defer {
                state.monitors = [:]
                adjust(&state)
            }
            return Array(state.monitors.values)
        }
        for monitor in monitors { monitor.end() }
    }

    /// Loggers make messages that only somebody watching wants.
    private func adjust(_ state: inout State) {
        monitorCount.store(state.monitors.count, ordering: .relaxed)
        let watched = state.watchedLevel
        for part in state.switches.values { part.set(part.level, watched: watched) }
    }
}

extension Logger.Level {
    fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    fileprivate init(rank: Int) {
        self = Self.allCases.indices.contains(rank) ? Self.allCases[rank] : .info
    }
}
