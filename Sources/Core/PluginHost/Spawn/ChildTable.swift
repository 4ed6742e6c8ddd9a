// The children of the process thread: what to wait for, and what to do when it comes.

internal import Clock
internal import Glibc

struct ChildTable {
    private final class Governed: GovernedProcess {
        let process: ChildProcess
        let account: ProcessorAccount

        init(_ process: ChildProcess, _ account: ProcessorAccount) {
            self.process = process
            self.account = account
        }

        var pid: Int32 { process.pid }
        var processorNanoseconds: UInt64? { process.processorNanoseconds }
        var answered: UInt64 { account.answered }
        func hold() { process.hold() }
        func letGo() { process.letGo() }
        func release() { process.release() }
    }

    private struct Watched {
        var process: ChildProcess
        /// Only those that have an account are governed.
        var governed: Governed?
        var logDescriptor: Int32?
        var log: PluginLog
        var refusals: ChildRefusals?
        var whenEnded: @Sendable (ChildExit) -> Void
    }

    private var children: [Watched] = []
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    private var governor: ProcessorGovernor
    /// Made for the first process that needs it.
    private var watch: RefusalWatch?

    init(loopDelay: @escaping @Sendable () -> UInt64?) {
        governor = ProcessorGovernor(loopDelay: loopDelay)
    }

    var isEmpty: Bool { children.isEmpty }

    /// Starts a child. What it is refused waits for the host's word only if somebody gives it.
    mutating func spawn(
        _ executable: PluginExecutable, _ words: StartingWords, lanes: Int,
        sandbox: SandboxPlan?, isHeard: Bool
    ) throws(SpawnError) -> SpawnedChild {
        var sandbox = sandbox
        if isHeard, sandbox?.reportingFilter != nil, watch == nil { watch = RefusalWatch() }
        if !isHeard || watch == nil { sandbox?.reportingFilter = nil }
        return try Spawner.spawn(executable, words, lanes: lanes, sandbox: sandbox)
    }

    func stop() { watch?.stop() }

    mutating func add(
        _ child: SpawnedChild, sandbox: SandboxPlan?, account: ProcessorAccount?,
        refusals book: RefusalBook?, log: PluginLog,
        whenEnded: @escaping @Sendable (ChildExit) -> Void
    ) {
        let refusals = book.map {
            ChildRefusals(child, sandbox, book: $0, watch: watch)
        }
        children.append(
            Watched(
                process: child.process, governed: account.map { Governed(child.process, $0) },
                logDescriptor: child.logDescriptor, log: log, refusals: refusals,
                whenEnded: whenEnded))
    }

    /// Sleeps until a command, a log line, the end of a child, the end of a log window or the time
    /// to look at who takes the processors, and serves it.
    mutating func wait(wakeDescriptor: Int32) {
        let now = MonotonicClock.nowNanoseconds
        var descriptors = [pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0)]
        let governed = children.compactMap(\.governed)
        var due: UInt64? = governed.isEmpty ? nil : governor.dueAt
        for child in children {
            descriptors.append(
                pollfd(fd: child.process.pollDescriptor, events: Int16(POLLIN), revents: 0))
            // A negative descriptor is passed over: a flooding plugin waits for us, not we for it.
            let isPaused = child.log.pausedUntil.map { $0 > now } ?? false
            descriptors.append(
                pollfd(
                    fd: isPaused ? -1 : child.logDescriptor ?? -1, events: Int16(POLLIN), revents: 0
                ))
            if let at = child.log.dueAt { due = min(due ?? at, at) }
        }
        let timeout = due.map { Int32(clamping: ($0 > now ? $0 - now : 0) / 1_000_000 + 1) } ?? -1
        guard poll(&descriptors, nfds_t(descriptors.count), timeout) >= 0 else { return }
        governor.govern(governed, now: MonotonicClock.nowNanoseconds)
        if descriptors[0].revents != 0 {
            var count: UInt64 = 0
            _ = read(wakeDescriptor, &count, MemoryLayout<UInt64>.size)
        }
        serve(descriptors)
    }

    private mutating func serve(_ descriptors: [pollfd]) {
        let now = MonotonicClock.nowNanoseconds
        for index in children.indices {
            if descriptors[2 + 2 * index].revents != 0 { readLog(index, now: now, mostReads: 1) }
            children[index].log.tick(now: now)
            children[index].refusals?.tick(now: now)
        }
        var index = 0
        for position in children.indices where descriptors[1 + 2 * position].revents != 0 {
            let current = position - index
            // What it started goes with it, while its number still names its group.
            children[current].process.killGroup()
            guard let exit = children[current].process.collect() else { continue }
            readLog(current, now: now, mostReads: 16)
            var child = children.remove(at: current)
            index += 1
            child.log.finish()
            child.refusals?.finish()
            if let descriptor = child.logDescriptor { close(descriptor) }
            child.whenEnded(exit)
        }
    }

    private mutating func readLog(_ index: Int, now: UInt64, mostReads: Int) {
        guard let descriptor = children[index].logDescriptor else { return }
        for _ in 0..<mostReads {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                buffer.withUnsafeBytes {
                    children[index].log.append(
                        UnsafeRawBufferPointer(rebasing: $0[..<count]), now: now)
                }
            } else if count < 0 && (errno == EAGAIN || errno == EINTR) {
                return
            } else {
                close(descriptor)
                children[index].logDescriptor = nil
                return
            }
        }
    }
}
