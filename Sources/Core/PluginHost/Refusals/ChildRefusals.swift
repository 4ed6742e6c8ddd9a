// What is refused to one child: who listens to it, and the limits that no call can be seen to meet.

internal import Glibc

/// Used on the process thread only.
struct ChildRefusals {
    private let book: RefusalBook
    private let pid: Int32
    private let watch: (thread: RefusalWatch, id: UInt64)?
    private var limits: LimitWatch?
    private var lookAt: UInt64 = 0

    init(_ child: SpawnedChild, _ sandbox: SandboxPlan?, book: RefusalBook, watch: RefusalWatch?) {
        self.book = book
        pid = child.process.pid
        limits = sandbox.map { LimitWatch($0.limits) }
        guard let listener = child.listener else {
            self.watch = nil
            return
        }
        guard let watch, let policy = sandbox?.policy else {
            // It was started to be listened to, so this does not happen; but its calls would wait.
            close(listener)
            self.watch = nil
            return
        }
        let id = watch.add(
            WatchedProcess(
                listener: listener, child: child.process, judge: CallJudge(policy: policy),
                files: child.files, book: book))
        self.watch = (watch, id)
    }

    mutating func tick(now: UInt64) {
        book.tick(now: now)
        guard now >= lookAt, limits != nil else { return }
        lookAt = now &+ PluginHostLimits.lookAtLimitsMilliseconds * 1_000_000
        for attempt in limits?.look(pid) ?? [] { book.note(attempt, pid: pid, now: now) }
    }

    func finish() {
        book.flush()
        if let watch { watch.thread.forget(watch.id) }
    }
}

/// Memory and threads. The kernel gives an error to who asks for more than the limit, and tells
/// nobody; so it is looked at now and then how near a process is.
struct LimitWatch {
    private let memory: UInt64?
    private let threads: UInt64?
    private var isAtMemory = false
    private var isAtThreads = false

    init(_ limits: [ResourceLimit]) {
        memory = limits.first { $0.resource == .data }?.most
        threads = limits.first { $0.resource == .processes }?.most
    }

    /// What has come to its limit since the last look.
    mutating func look(_ pid: Int32) -> [RefusedAttempt] {
        meets(
            memoryBytes: ProcessMemory.countedBytes(pid), threads: ProcessMemory.threads(pid))
    }

    mutating func meets(memoryBytes: UInt64?, threads count: UInt64?) -> [RefusedAttempt] {
        var found: [RefusedAttempt] = []
        if let memory, let memoryBytes {
            // Less than the last piece that it asked for in vain may be left.
            let isAt = memoryBytes >= memory - memory / PluginHostLimits.nearLimitShare
            if isAt, !isAtMemory { found.append(.memory(mostBytes: memory)) }
            isAtMemory = isAt
        }
        if let threads, let count {
            let isAt = count >= threads
            if isAt, !isAtThreads { found.append(.threads(most: threads)) }
            isAtThreads = isAt
        }
        return found
    }
}
