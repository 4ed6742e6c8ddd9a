// How long leases wait for what. The defaults are the server's; tests are more impatient.

/// Times and numbers of expiry and revocation.
public struct LeaseTimings: Sendable {
    /// How often due leases are looked for.
    public var sweepMilliseconds: UInt64 = 500
    /// How long an engine may take to renew, revoke or roll back.
    public var callSeconds: UInt64 = 30
    /// Wait before the second attempt; it doubles with each further one.
    public var firstBackOffSeconds: Int64 = 10
    public var longestBackOffSeconds: Int64 = 3600
    /// Attempts before a lease is parked as irrevocable.
    public var attempts = KernelLimits.revocationAttempts
    /// How old an intent is before it is rolled back, where nobody knows what became of its
    /// request: longer than a call may take, so that an engine that is late comes first.
    public var intentGraceSeconds: Int64 = 2 * Int64(KernelLimits.engineCallSeconds)

    public init() {}

    /// The wait after this many failed attempts: doubled each time, and spread by a quarter either
    /// way, so that what failed together does not come back together.
    func backOffSeconds(afterAttempts attempts: Int) -> Int64 {
        let doublings = min(max(attempts - 1, 0), 30)
        let (wait, overflow) = firstBackOffSeconds.multipliedReportingOverflow(by: 1 << doublings)
        let bounded = overflow ? longestBackOffSeconds : min(wait, longestBackOffSeconds)
        let spread = bounded / 4
        return spread > 0 ? bounded + Int64.random(in: -spread...spread) : bounded
    }
}
