// One audit device: its queue, its health and the thread that writes.

internal import Atomics
internal import Clock
public import Cryptography
internal import Glibc
public import Logging
internal import Synchronization

/// A device is independent of all others: it has its own queue and its own thread, so one that
/// hangs delays nothing but itself.
///
/// A sink that answers at once is written to where the lines were made, at the end of the tick: to
/// wake a thread and be woken by it costs more than the write. One writes at a time; whoever comes
/// meanwhile leaves the lines in the queue for the one who writes. So no more than one event loop
/// waits for a disk, and only until it is seen that the disk is slow.
public final class AuditDevice: Sendable {
    /// Lines of one batch, as this device writes them.
    struct Submission: Sendable {
        let batch: AuditBatch
        let buffer: LineBuffer
        let lines: Int
        let since: UInt64
    }

    struct State {
        var queue: [Submission] = []
        var queuedLines = 0
        var queuedBytes = 0
        /// Somebody writes, or opens the file anew: the thread or an event loop.
        var isWriting = false
        /// Until then the thread writes, because a write took long.
        var leavesToThreadUntil: UInt64 = 0
        /// What is being written now; `nil` also if it was given up on.
        var current: Submission?
        var health = DeviceHealth()
        var wantsReopen = false
        var isStopping = false
        var hasEnded = false
        /// The thread waits to be woken.
        var isWaiting = false

        var hasWork: Bool { wantsReopen || !queue.isEmpty }
    }

    /// Names the device for as long as the process lives; a new one at the same path has another.
    let id: UInt64
    public let path: String
    let format: LineFormat
    let salt: SecretBytes
    let deadlineNanoseconds: UInt64
    let sink: any LineSink
    let logger: Logger
    let state = Mutex(State())
    let wakeUp = WakeUp()
    let writtenLines = ManagedAtomic<UInt64>(0)
    let failedLines = ManagedAtomic<UInt64>(0)
    /// Mirrors the health, so that lanes need no lock to pass by a device that takes nothing.
    private let isClosedToLines = ManagedAtomic<Bool>(false)
    private static let lastID = ManagedAtomic<UInt64>(0)

    init(
        path: String, format: LineFormat, salt: SecretBytes, sink: any LineSink,
        deadlineMilliseconds: UInt64 = AuditLimits.deviceDeadlineMilliseconds, logger: Logger
    ) {
        id = Self.lastID.wrappingIncrementThenLoad(ordering: .relaxed)
        self.path = path
        self.format = format
        self.salt = salt
        self.sink = sink
        deadlineNanoseconds = deadlineMilliseconds &* 1_000_000
        var logger = logger
        logger[metadataKey: "device"] = "\(path)"
        self.logger = logger
    }

    /// Opens what the options name and starts the thread.
    public static func open(
        path: String, options: DeviceOptions, salt: SecretBytes, rules: FileRules, logger: Logger
    ) throws(AuditFailure) -> AuditDevice {
        let device = AuditDevice(
            path: path, format: options.format, salt: salt, sink: try options.target.sink(rules),
            deadlineMilliseconds: options.target.deadlineMilliseconds, logger: logger)
        try device.start()
        return device
    }

    /// The digest of a text as this device's lines show it.
    public func hash(of text: String) -> String { SaltedHash(salt: salt).text(of: text) }

    public var counts: (written: UInt64, failed: UInt64) {
        (writtenLines.load(ordering: .relaxed), failedLines.load(ordering: .relaxed))
    }

    // MARK: Taking lines

    /// Whether it is worth making lines for it now.
    func takesLines(now: UInt64) -> Bool {
        guard isClosedToLines.load(ordering: .relaxed) else { return true }
        return state.withLock { $0.health.takesLines(now: now) && !$0.isStopping }
    }

    /// Puts lines into the queue; they are answered for through their batch, here if they are
    /// refused.
    ///
    /// - Parameter mayWrite: whether the caller is the event loop of the batch, at the end of its
    ///   tick, so that it may write and be told at once.
    func offer(
        _ buffer: LineBuffer, count lines: Int, of batch: AuditBatch, now: UInt64,
        mayWrite: Bool = false
    ) {
        let bytes = buffer.bytes.count
        enum Answer {
            case refused(isFull: Bool)
            case taken(wakes: Bool, writes: Bool)
        }
        let answer = state.withLock { state -> Answer in
            guard !state.isStopping, state.health.takesLines(now: now) else {
                return .refused(isFull: false)
            }
            let hasRoom =
                state.queue.isEmpty
                || (state.queuedLines + lines <= AuditLimits.queueLines
                    && state.queuedBytes + bytes <= AuditLimits.queueBytes)
            guard hasRoom else { return .refused(isFull: true) }
            state.queue.append(
                Submission(batch: batch, buffer: buffer, lines: lines, since: now))
            state.queuedLines += lines
            state.queuedBytes += bytes
            // Whoever writes now looks at the queue again before it goes.
            if state.isWriting { return .taken(wakes: false, writes: false) }
            if mayWrite, sink.answersAtOnce, now >= state.leavesToThreadUntil {
                return .taken(wakes: false, writes: true)
            }
            defer { state.isWaiting = false }
            return .taken(wakes: state.isWaiting, writes: false)
        }
        switch answer {
        case .taken(let wakes, let writes):
            if wakes { wakeUp.post() }
            if writes { writeHere(batch) }
        case .refused(let isFull):
            if isFull { failed(AuditFailure(.queueFull, "too many lines wait for the device")) }
            failedLines.wrappingIncrement(by: UInt64(lines), ordering: .relaxed)
            batch.deviceIsDone(isWritten: false)
        }
    }

    // MARK: Health

    func failed(_ failure: AuditFailure) {
        let isFirst = state.withLock { state in
            let isFirst = state.health.fail(
                failure.code, now: MonotonicClock.nowNanoseconds)
            mirror(state.health)
            return isFirst
        }
        if isFirst {
            logger.error(
                "the audit device does not record", metadata: ["reason": "\(failure.message)"])
        }
    }

    func succeeded() {
        let isBack = state.withLock { state in
            let isBack = state.health.succeed()
            if isBack { mirror(state.health) }
            return isBack
        }
        if isBack { logger.notice("the audit device records again") }
    }

    func mirror(_ health: DeviceHealth) {
        isClosedToLines.store(health.isDown, ordering: .relaxed)
    }

    /// Gives up on lines that have waited too long, and on whatever waits behind them.
    func checkDeadline(now: UInt64) {
        let abandoned = state.withLock { state -> [Submission] in
            guard let oldest = state.current ?? state.queue.first,
                now > oldest.since, now - oldest.since > deadlineNanoseconds
            else { return [] }
            let abandoned = (state.current.map { [$0] } ?? []) + state.queue
            if state.current != nil { state.health.isHanging = true }
            state.current = nil
            state.queue = []
            (state.queuedLines, state.queuedBytes) = (0, 0)
            return abandoned
        }
        guard !abandoned.isEmpty else { return }
        failed(AuditFailure(.timedOut, "the device hangs; its lines waited too long"))
        for submission in abandoned { fail(submission) }
    }

    func fail(_ submission: Submission) {
        failedLines.wrappingIncrement(by: UInt64(submission.lines), ordering: .relaxed)
        submission.batch.deviceIsDone(isWritten: false)
    }
}
