// When a plugin that ended may be started again: soon the first time, later and later while it
// keeps ending.

struct BackOff {
    private(set) var failuresInARow = 0
    private var nextStartAt: UInt64 = 0

    /// The process ended, or did not start (`ranFor` 0).
    mutating func ended(now: UInt64, ranForNanoseconds: UInt64) {
        if ranForNanoseconds >= PluginHostLimits.stableRunSeconds * 1_000_000_000 {
            failuresInARow = 0
        }
        // 2^9 × 100 ms is over the longest back-off already; the shift must not overflow.
        let doublings = UInt64(min(failuresInARow, 9))
        let delay = min(
            PluginHostLimits.firstBackOffMilliseconds << doublings,
            PluginHostLimits.longestBackOffMilliseconds)
        failuresInARow += 1
        nextStartAt = now &+ delay * 1_000_000
    }

    func remainingNanoseconds(now: UInt64) -> UInt64 { nextStartAt > now ? nextStartAt - now : 0 }

    /// Whether callers are told to come back instead of being kept waiting.
    func isOpen(now: UInt64) -> Bool {
        remainingNanoseconds(now: now) > PluginHostLimits.waitForRestartMilliseconds * 1_000_000
    }

    func retryAfterSeconds(now: UInt64) -> Int {
        max(1, Int(clamping: (remainingNanoseconds(now: now) + 999_999_999) / 1_000_000_000))
    }
}
