// Whether a device takes lines. What fails at once is simply tried again with the next line; what
// hangs is left alone for a while, because every try costs its whole deadline.

struct DeviceHealth: Sendable {
    private(set) var isFailing = false
    /// The thread has not come back from a write.
    var isHanging = false
    private var retryAt: UInt64 = 0
    private var pauseMilliseconds = AuditLimits.firstRetryMilliseconds

    var isDown: Bool { isHanging || retryAt != 0 }

    func takesLines(now: UInt64) -> Bool { !isHanging && now >= retryAt }

    /// - Returns: whether this is news.
    mutating func fail(_ code: AuditFailure.Code, now: UInt64) -> Bool {
        if code == .timedOut {
            retryAt = now &+ pauseMilliseconds &* 1_000_000
            pauseMilliseconds = min(2 * pauseMilliseconds, AuditLimits.longestRetryMilliseconds)
        }
        defer { isFailing = true }
        return !isFailing
    }

    /// - Returns: whether the device is back after a failure.
    mutating func succeed() -> Bool {
        guard isFailing else { return false }
        self = DeviceHealth()
        return true
    }
}
