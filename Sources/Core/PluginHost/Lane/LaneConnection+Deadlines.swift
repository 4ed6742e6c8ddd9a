// The deadlines of one connection's calls, looked at while there are any.

internal import Kernel
internal import NIOCore
internal import Wire

extension LaneConnection {
    func open(_ pending: PendingCall, deadline: UInt64, now: UInt64) -> UInt64? {
        if book.count == 0 { silence.startsWaiting(now: now) }
        guard let call = book.open(pending, deadline: deadline) else { return nil }
        lastCallAt = now
        scheduleSweep()
        return call
    }

    /// Runs only while calls are in flight: an idle server does not wake up for it.
    func scheduleSweep() {
        guard !sweepIsScheduled else { return }
        sweepIsScheduled = true
        loop.scheduleTask(in: timings.sweep) { [weak self] in self?.sweep() }
    }

    func sweep() {
        sweepIsScheduled = false
        let now = now
        guard end == nil else { return }
        let expired = book.expire(now: now)
        for (call, _) in expired {
            write(.cancel, call: call)
            endTurn(call)
        }
        let missed = expired.count { if case .ping = $0.context { false } else { true } }
        let isWaiting = book.count > 0 || missed > 0
        let verdict = isWaiting ? silence.sweep(now: now, missedDeadlines: missed) : .fine
        for (_, pending) in expired { pending.fail(deadlineFailure) }
        guard end == nil else { return }
        if verdict == .hung || book.hasTooManyAbandoned { return finish(.hung) }
        if verdict == .ping {
            let deadline = now &+ PluginHostLimits.hungAfterSilenceSeconds * 1_000_000_000
            if let call = book.open(.ping, deadline: deadline) { write(.ping, call: call) }
        }
        reportDrained()
        if book.count > 0 { scheduleSweep() }
    }
}
