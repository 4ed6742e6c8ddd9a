// What one plugin was refused: counted by kind for the status, and told to the log without letting
// the plugin flood it. It is the plugin's, not the process's: to end and begin anew gains nothing.

internal import Logging
internal import Synchronization

final class RefusalBook: Sendable {
    /// For messages: `plugin "kv"`.
    let label: String
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var version = ""
        var counts: [String: Int] = [:]
        var windowStart: UInt64?
        /// Told in this window, so that the same is not told twice.
        var told: Set<RefusedAttempt> = []
        /// Not told in this window, by kind.
        var untold: [String: Int] = [:]
    }

    init(label: String, logger: Logger) {
        self.label = label
        self.logger = logger
    }

    /// By kind: a system call's name, `open` for files, or what of the core's was asked for.
    var counts: [String: Int] { state.withLock { $0.counts } }

    /// What the process says of itself, once it is known.
    func runs(version: String) { state.withLock { $0.version = version } }

    /// Told by somebody else.
    func count(_ kind: String) { state.withLock { Self.count(kind, &$0) } }

    /// Told at once if it is something new, within what may be told; else with the next sum.
    func note(_ attempt: RefusedAttempt, pid: Int32?, now: UInt64) {
        let (isTold, sums, version) = state.withLock { state in
            let sums = Self.roll(&state, now: now)
            if state.windowStart == nil { state.windowStart = now }
            Self.count(attempt.kind, &state)
            let isTold =
                state.told.count < PluginHostLimits.refusalLinesPerWindow
                && state.told.insert(attempt).inserted
            if !isTold { state.untold[attempt.kind, default: 0] += 1 }
            return (isTold, sums, state.version)
        }
        tell(sums, version)
        guard isTold else { return }
        var metadata = metadata(version)
        metadata["refused"] = "\(attempt.kind)"
        if let pid { metadata["pid"] = "\(pid)" }
        logger.warning("\(label) \(attempt.text)", metadata: metadata)
    }

    /// Tells the sums of a window that is over.
    func tick(now: UInt64) {
        let (sums, version) = state.withLock { (Self.roll(&$0, now: now), $0.version) }
        tell(sums, version)
    }

    /// The process has ended: what it was refused last is not to wait.
    func flush() {
        let (sums, version) = state.withLock { state in
            defer { state.untold = [:] }
            return (state.untold, state.version)
        }
        tell(sums, version)
    }

    private static func count(_ kind: String, _ state: inout State) {
        let count = state.counts[kind, default: 0]
        state.counts[kind] = count == .max ? count : count + 1
    }

    private static func roll(_ state: inout State, now: UInt64) -> [String: Int] {
        guard let start = state.windowStart,
            now &- start >= PluginHostLimits.refusalWindowSeconds * 1_000_000_000, now >= start
        else { return [:] }
        defer {
            state.windowStart = nil
            state.told = []
            state.untold = [:]
        }
        return state.untold
    }

    private func tell(_ sums: [String: Int], _ version: String) {
        guard !sums.isEmpty else { return }
        var metadata = metadata(version)
        metadata["refused"] = .string(
            sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }
                .joined(separator: ", "))
        let times = sums.values.reduce(0) { $0.addingReportingOverflow($1).partialValue }
        logger.warning(
            """
            \(label) was refused \(times) more times within \
            \(PluginHostLimits.refusalWindowSeconds) seconds
            """, metadata: metadata)
    }

    private func metadata(_ version: String) -> Logger.Metadata {
        version.isEmpty ? [:] : ["version": "\(version)"]
    }
}

/// Something that a plugin tried and was not let.
struct RefusedAttempt: Sendable, Hashable {
    /// What it is counted as. There are few: the plugin does not choose them.
    var kind: String
    /// What it did, as the rest of a sentence about the plugin.
    var text: String

    static func call(_ name: String) -> RefusedAttempt {
        RefusedAttempt(kind: name, text: "was refused a system call: \(name)")
    }

    /// `path` is the plugin's word.
    static func file(_ path: String, kind: String = openKind) -> RefusedAttempt {
        let shown = LogText.safe(path.utf8, longestBytes: PluginHostLimits.refusedPathLogBytes)
        return RefusedAttempt(kind: kind, text: "was refused a file (\(kind)): \(shown)")
    }

    static func fatalCall(_ name: String) -> RefusedAttempt {
        RefusedAttempt(
            kind: name,
            text: "made a system call that the sandbox forbids, and is ended for it: \(name)")
    }

    static func memory(mostBytes: UInt64) -> RefusedAttempt {
        RefusedAttempt(
            kind: "memory", text: "has come to the limit of its memory, \(mostBytes) bytes")
    }

    static func threads(most: UInt64) -> RefusedAttempt {
        RefusedAttempt(
            kind: "threads", text: "has come to the limit of its threads, \(most)")
    }

    static let foreignStorage = RefusedAttempt(
        kind: "storage", text: "asked for the storage of a mount that it was not given")

    static let openKind = "open"
}
