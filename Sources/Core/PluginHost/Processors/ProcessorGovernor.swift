// Holds plugins back that take the processors from others: they are stopped for most of the time.
//
// The priorities that a plugin starts with are not enough. A thread of the core that becomes ready
// may have to wait for the next tick of the kernel's clock until one that computes gives way, which
// is longer than a request takes.

internal import Clock
internal import Logging
internal import Synchronization

/// A process that can be stopped and let go on.
protocol GovernedProcess: AnyObject {
    var account: ProcessorAccount { get }
    var pid: Int32 { get }
    /// What all of its threads have taken; `nil` when it has ended.
    var processorNanoseconds: UInt64? { get }
    /// Clients' requests that its plugin has answered.
    var answered: UInt64 { get }
    func hold()
    /// For its turn.
    func letGo()
    /// For good.
    func release()
}

/// Used on the process thread only.
struct ProcessorGovernor {
    private var ledger = ProcessorLedger<ObjectIdentifier>()
    private var held: [any GovernedProcess] = []
    private var lookAt: UInt64 = 0
    /// When those that are held back have their next turn, and when this one ends.
    private var turnAt: UInt64 = 0
    private var turnEndsAt: UInt64?
    private var delayBefore: (at: UInt64, waited: UInt64)?
    private var loggedAt: [ObjectIdentifier: UInt64] = [:]
    private let loopDelay: @Sendable () -> UInt64?

    init(loopDelay: @escaping @Sendable () -> UInt64?) { self.loopDelay = loopDelay }

    /// When `govern` is to be called next.
    var dueAt: UInt64 { min(lookAt, turnEndsAt ?? (held.isEmpty ? .max : turnAt)) }

    /// Looks at the accounts when it is time to, and gives those that are held back their turn.
    mutating func govern(_ processes: [any GovernedProcess], now: UInt64) {
        if let end = turnEndsAt, now >= end {
            turnEndsAt = nil
            for process in held { process.hold() }
        }
        if now >= lookAt {
            look(processes, now: now)
            lookAt =
                now
                &+ (ledger.isBusy
                    ? ProcessorLimits.busyLookNanoseconds : ProcessorLimits.quietLookNanoseconds)
        }
        guard !held.isEmpty, turnEndsAt == nil, now >= turnAt else { return }
        for process in held { process.letGo() }
        turnEndsAt = now &+ ProcessorLimits.turnNanoseconds
        turnAt = now &+ ProcessorLimits.turnEveryNanoseconds
    }

    private mutating func look(_ processes: [any GovernedProcess], now: UInt64) {
        let samples = processes.compactMap { process in
            process.processorNanoseconds.map {
                ProcessorLedger.Sample(
                    id: ObjectIdentifier(process.account), process: process.pid,
                    processorNanoseconds: $0, answered: process.answered,
                    trust: process.account.trust)
            }
        }
        let owing = ledger.look(samples, now: now, areShort: processorsAreShort(now))
        for process in held where !owing.contains(ObjectIdentifier(process.account)) {
            process.release()
            process.account.isHeldBack.store(false, ordering: .relaxed)
        }
        if held.isEmpty { turnAt = now &+ ProcessorLimits.turnEveryNanoseconds }
        held = processes.filter { owing.contains(ObjectIdentifier($0.account)) }
        if held.isEmpty { turnEndsAt = nil }
        for process in held {
            if turnEndsAt == nil { process.hold() }
            note(process, now)
        }
    }

    private mutating func note(_ process: any GovernedProcess, _ now: UInt64) {
        let account = process.account
        guard !account.isHeldBack.exchange(true, ordering: .relaxed) else { return }
        account.timesHeldBack.wrappingAdd(1, ordering: .relaxed)
        loggedAt = loggedAt.filter { now < $0.value &+ ProcessorLimits.logPauseNanoseconds }
        guard loggedAt[ObjectIdentifier(account)] == nil else { return }
        loggedAt[ObjectIdentifier(account)] = now
        account.logger.warning(
            "\(account.label) takes the processors from others and is held back",
            metadata: ["pid": "\(process.pid)"])
    }

    /// By what the loops waited since the last look.
    private mutating func processorsAreShort(_ now: UInt64) -> Bool {
        guard let waited = loopDelay() else { return false }
        defer { delayBefore = (now, waited) }
        guard let before = delayBefore, now > before.at, waited > before.waited else {
            return false
        }
        return (waited - before.waited) > (now - before.at) / ProcessorLimits.waitingShare
    }
}
