// Keeps one plugin running for its mounts: starts it when it is wanted, again when it ended, later
// each time it keeps ending.

internal import Clock
internal import Cryptography
internal import Kernel
internal import Logging
internal import NIOCore
internal import Paths
internal import Synchronization
internal import Wire

/// One process at a time. Never locked while the process starts: whoever needs it waits for the
/// same start.
actor PluginSupervisor {
    struct Mounted {
        var spec: MountSpec
        var storage: MountStorage
        var backend: WeakBackend
    }

    struct WeakBackend {
        weak var backend: PluginBackend?
    }

    enum Phase {
        case idle
        case starting(Task<PluginProcess, any Error>)
        case running(PluginProcess, since: UInt64)
        case stopped
    }

    private let currentSource: Mutex<PluginSource>
    weak let host: PluginLauncher?
    let thread: ProcessThread
    let loops: [any EventLoop]
    let timings: HostTimings
    let logger: Logger
    let label: String
    /// What a plugin may do whose entry says nothing else, and who keeps it to that.
    let profile: SandboxProfile
    let sandbox: Sandbox
    nonisolated let account: ProcessorAccount
    nonisolated let refusals: RefusalBook
    /// Where there has to be some before a process is started.
    let room: ProcessRoom
    /// Made by the launcher; one for each lane.
    nonisolated let ports: PortArray

    var phase = Phase.idle
    var mounts: [MountID: Mounted] = [:]
    /// Mounts that are on their way in.
    var pendingMounts = 0
    var backOff = BackOff()
    var executable: PluginExecutable?
    var identity: PluginIdentity?
    var starts = 0
    /// Ends that nobody asked for.
    var failedRuns = 0
    var idleStops = 0
    /// Why the last process ended or did not start.
    var lastEnd: String?
    var sandboxState: SandboxState
    var userID: UInt32?
    /// Whether what the sandbox refuses to it is told.
    var isHeard = false

    init(
        source: PluginSource, host: PluginLauncher, thread: ProcessThread,
        loops: [any EventLoop], timings: HostTimings, logger: Logger,
        profile: SandboxProfile, sandbox: Sandbox, room: ProcessRoom
    ) {
        self.profile = profile
        self.sandbox = sandbox
        self.room = room
        self.host = host
        sandboxState = profile.isDisabled ? .off : sandbox.stateOfDefault
        self.timings = timings
        currentSource = Mutex(source)
        self.thread = thread
        self.loops = loops
        label = source.label
        var logger = logger
        logger[metadataKey: "plugin"] = "\(source.name)"
        self.logger = logger
        account = ProcessorAccount(
            label: source.label, isBuiltIn: source.program == nil, logger: logger)
        // The same plugin may run for others too.
        logger[metadataKey: "namespace_id"] = "\(source.namespaceID)"
        refusals = RefusalBook(label: source.label, logger: logger)
        let ports = PortArray()
        self.ports = ports
        ports.fill(loops) { [weak self] in
            guard let self else { return }
            Task { await self.bringUp() }
        }
    }

    var version: String? { identity?.version }

    /// Changed only before a start, when its entry was registered anew.
    nonisolated var source: PluginSource { currentSource.withLock { $0 } }

    func run(_ source: PluginSource) {
        guard let host else { return }
        host.move(self, to: source) { currentSource.withLock { $0 = source } }
    }

    // MARK: Ends

    func ended(_ process: PluginProcess, _ reason: EndReason) {
        lastEnd = "it \(reason.message)"
        if reason != .stopped {
            failedRuns += 1
            logger.error(
                "\(label) ended: it \(reason.message)", metadata: ["pid": "\(process.pid ?? 0)"])
        } else {
            logger.info("plugin stopped", metadata: ["pid": "\(process.pid ?? 0)"])
        }
        if case .running(process, let since) = phase { note(process, ranSince: since) }
    }

    /// The process is gone or going: the next one is not before its time.
    func note(_ process: PluginProcess, ranSince since: UInt64) {
        phase = .idle
        let now = MonotonicClock.nowNanoseconds
        backOff.ended(now: now, ranForNanoseconds: now &- since)
    }

    /// Drains the process and ends it; nothing is started any more.
    func stop() async {
        let before = phase
        phase = .stopped
        let failure = stoppedFailure
        switch before {
        case .running(let process, _): await process.stop()
        case .starting(let task): if let process = try? await task.value { await process.stop() }
        case .idle, .stopped: break
        }
        for port in ports.all { port.loop.execute { port.refuse(failure, until: .max) } }
    }

    // MARK: Failures

    func notStarted(_ problem: String) -> BackendFailure {
        let now = MonotonicClock.nowNanoseconds
        lastEnd = problem
        backOff.ended(now: now, ranForNanoseconds: 0)
        logger.error("\(label) was not started: \(problem)")
        return BackendFailure(
            .unavailable, "\(label) could not be started: \(problem)",
            retryAfterSeconds: backOff.retryAfterSeconds(now: now))
    }

    func backingOff(_ now: UInt64) -> BackendFailure {
        BackendFailure(
            .unavailable,
            "\(label) keeps ending and is started again later (\(lastEnd ?? "it ended"))",
            retryAfterSeconds: backOff.retryAfterSeconds(now: now))
    }

    var unusedFailure: BackendFailure {
        BackendFailure(.unavailable, "\(label) does not serve this mount any more")
    }

    var stoppedFailure: BackendFailure {
        BackendFailure(.unavailable, "the plugin host is shutting down")
    }
}

/// The same run, in patterns.
func ~= (one: PluginProcess, other: PluginProcess) -> Bool { one === other }
