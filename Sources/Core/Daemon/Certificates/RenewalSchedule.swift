// When a listener asks for its next certificate.

/// At two thirds of a certificate's life, and after failures at growing distances. All times are
/// seconds since 1970.
struct RenewalSchedule: Sendable {
    static let maxBackOffSeconds: Int64 = 60

    private(set) var nextAt: Int64
    /// The end of the certificate that was issued last, until it is taken.
    private(set) var endsAt: Int64?
    private var failures = 0

    /// The first time is now.
    init(now: Int64) { nextAt = now }

    func isDue(now: Int64) -> Bool { now >= nextAt }

    /// As soon as possible.
    mutating func hurry(now: Int64) {
        nextAt = now
        failures = 0
    }

    mutating func issued(endsAt end: Int64, now: Int64) {
        let life = max(0, end &- now)
        nextAt = now + max(1, life - life / 3)
        endsAt = end
        failures = 0
    }

    /// Says how long it waits.
    @discardableResult
    mutating func failed(now: Int64) -> Int64 {
        let wait = min(Self.maxBackOffSeconds, 1 << min(failures, 6))
        failures += 1
        nextAt = now + wait
        return wait
    }

    /// True once, when the certificate that was issued has ended without another.
    mutating func takeEnd(now: Int64) -> Bool {
        guard let end = endsAt, now >= end else { return false }
        endsAt = nil
        return true
    }
}
