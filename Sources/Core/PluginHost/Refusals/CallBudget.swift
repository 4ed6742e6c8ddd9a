// How many calls of one process the host looks at in a time. Over it they wait: who floods is
// slowed down, and nobody else.

/// A bucket that fills with time.
struct CallBudget {
    private var left: UInt64 = PluginHostLimits.refusalBudget
    private var filledAt: UInt64

    init(now: UInt64) { filledAt = now }

    /// When a call may be looked at again, or `nil` for now.
    mutating func waitsUntil(now: UInt64) -> UInt64? {
        fill(now)
        guard left < PluginHostLimits.refusedCallCost else { return nil }
        return now &+ PluginHostLimits.refusalPauseMilliseconds * 1_000_000
    }

    /// One that went on costs less than one that was refused: programs open many files.
    mutating func spend(_ cost: UInt64) { left -= min(left, cost) }

    private mutating func fill(_ now: UInt64) {
        guard now > filledAt else { return }
        let perSecond = PluginHostLimits.refusalBudgetPerSecond
        let nanosecondsEach = 1_000_000_000 / perSecond
        let gained = (now - filledAt) / nanosecondsEach
        guard gained > 0 else { return }
        filledAt = filledAt &+ min(gained, UInt64.max / nanosecondsEach) * nanosecondsEach
        left = min(
            PluginHostLimits.refusalBudget, left &+ min(gained, PluginHostLimits.refusalBudget))
    }
}
