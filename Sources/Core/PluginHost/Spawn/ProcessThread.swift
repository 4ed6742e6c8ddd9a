// The one thread that starts children, reads what they log and collects them when they end.
//
// It is one, and lives as long as the host, because the kernel kills a child when the *thread* that
// started it ends.

internal import CProcess
internal import Clock
internal import Glibc
import Logging
internal import Synchronization

final class ProcessThread: Sendable {
    private struct State {
        var commands: [@Sendable (inout ChildTable) -> Void] = []
        var isStopping = false
        var isEnded = false
        var whenEnded: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let wakeDescriptor: Int32
    private let loopDelay: @Sendable () -> UInt64?

    /// `nil` if the system has no descriptor or no thread left for it.
    ///
    /// - Parameter loopDelay: how long, in nanoseconds, the event loop that waited longest could
    ///   have run and was not let; `nil` if that is not known.
    init?(loopDelay: @escaping @Sendable () -> UInt64? = { nil }) {
        self.loopDelay = loopDelay
        wakeDescriptor = coffer_event_descriptor()
        guard wakeDescriptor >= 0 else { return nil }
        guard ServiceThread.start("coffer-plugins", { self.serve() }) else { return nil }
    }

    deinit { close(wakeDescriptor) }

    /// Runs `work` on the thread; `nil` if it has ended.
    func run<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T? {
        await withCheckedContinuation { continuation in
            let isTaken = submit { _ in continuation.resume(returning: work()) }
            if !isTaken { continuation.resume(returning: nil) }
        }
    }

    /// Starts a child. `whenEnded` is called on this thread, once, after its last line was logged.
    func spawn(
        _ executable: PluginExecutable, _ words: StartingWords = StartingWords(), lanes: Int,
        sandbox: SandboxPlan? = nil, account: ProcessorAccount? = nil,
        refusals: RefusalBook? = nil, logger: Logger,
        whenEnded: @escaping @Sendable (ChildExit) -> Void
    ) async -> Result<SpawnedChild, SpawnError> {
        await withCheckedContinuation { continuation in
            let isTaken = submit { table in
                do throws(SpawnError) {
                    let child = try table.spawn(
                        executable, words, lanes: lanes, sandbox: sandbox,
                        isHeard: refusals != nil)
                    var logger = logger
                    logger[metadataKey: "pid"] = "\(child.process.pid)"
                    table.add(
                        child, sandbox: sandbox, account: account, refusals: refusals,
                        log: PluginLog(logger: logger),
                        whenEnded: whenEnded)
                    continuation.resume(returning: .success(child))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            if !isTaken { continuation.resume(returning: .failure(SpawnError(.threadEnded))) }
        }
    }

    /// Ends the thread as soon as no child is left. All children should have been told to end.
    func stop() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isEnded = state.withLock { state in
                if state.isEnded { return true }
                state.isStopping = true
                state.whenEnded.append(continuation)
                return false
            }
            if isEnded { continuation.resume() } else { wake() }
        }
    }

    private func submit(_ command: @escaping @Sendable (inout ChildTable) -> Void) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isStopping else { return false }
            state.commands.append(command)
            return true
        }
        if isTaken { wake() }
        return isTaken
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, MemoryLayout<UInt64>.size)
    }

    private func serve() {
        var table = ChildTable(loopDelay: loopDelay)
        while true {
            let (commands, isStopping) = state.withLock { state in
                defer { state.commands = [] }
                return (state.commands, state.isStopping)
            }
            for command in commands { command(&table) }
            if isStopping && table.isEmpty { break }
            table.wait(wakeDescriptor: wakeDescriptor)
        }
        table.stop()
        let waiting = state.withLock { state in
            state.isEnded = true
            defer { state.whenEnded = [] }
            return state.whenEnded
        }
        for continuation in waiting { continuation.resume() }
    }
}
