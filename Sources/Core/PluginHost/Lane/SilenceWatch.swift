// Tells a plugin that is slow from one that hangs. Only silence while calls are in flight counts.

struct SilenceWatch {
    enum Verdict: Equatable {
        case fine
        case ping
        case hung
    }

    private var heardAt: UInt64
    private var isPinged = false
    private var missedInARow = 0

    init(now: UInt64) { heardAt = now }

    mutating func heard(now: UInt64) {
        heardAt = now
        isPinged = false
        missedInARow = 0
    }

    /// A call goes out on a connection that had none in flight: before it there was nothing to
    /// hear.
    mutating func startsWaiting(now: UInt64) {
        heardAt = max(heardAt, now)
        isPinged = false
    }

    /// Asked at every sweep with calls in flight, or with calls that have just missed their
    /// deadline.
    mutating func sweep(now: UInt64, missedDeadlines: Int) -> Verdict {
        if missedDeadlines > 0 { missedInARow += 1 }
        if missedInARow >= PluginHostLimits.missedDeadlinesInARow { return .hung }
        let silence = now &- heardAt
        if silence >= PluginHostLimits.hungAfterSilenceSeconds * 1_000_000_000 { return .hung }
        let isQuiet = silence >= PluginHostLimits.pingAfterSilenceSeconds * 1_000_000_000
        guard !isPinged, isQuiet || missedDeadlines > 0 else { return .fine }
        isPinged = true
        return .ping
    }
}
