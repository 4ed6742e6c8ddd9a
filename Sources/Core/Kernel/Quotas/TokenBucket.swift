// The arithmetic of rate limits, with the time as a parameter.

/// How many requests a client may make: `burst` at once, and one more every
/// `nanosecondsPerRequest`.
struct BucketShape: Sendable, Equatable {
    let burst: UInt64
    let nanosecondsPerRequest: UInt64
    /// How long a client that asked too often gets nothing at all; 0 for as long as it takes.
    let blockNanoseconds: UInt64

    private static let longestNanoseconds: Double = 10 * 365 * 86_400 * 1e9

    /// - Parameter rate: requests in an interval, more than zero.
    init(rate: Double, intervalSeconds: Int64, blockSeconds: Int64) {
        let rate = min(max(rate, 1e-9), 1e9)
        let each = Double(max(1, intervalSeconds)) * 1e9 / rate
        // A rate below one lets one request pass, and then makes it wait long.
        burst = max(1, UInt64(rate))
        nanosecondsPerRequest = UInt64(min(max(each, 1), Self.longestNanoseconds))
        let block = min(Double(max(0, blockSeconds)) * 1e9, Self.longestNanoseconds)
        blockNanoseconds = UInt64(block)
    }

    /// How long an empty bucket takes to be full.
    var windowNanoseconds: UInt64 { burst &* nanosecondsPerRequest }
}

/// One client's bucket. It is kept as the time at which it will be full again, so there is nothing
/// to refill: a bucket whose time has passed is full, and need not be kept.
struct TokenBucket: Sendable {
    /// Monotonic time; 0 for a new bucket.
    var fullAt: UInt64 = 0
    var blockedUntil: UInt64 = 0

    enum Verdict: Equatable {
        case allowed(remaining: UInt64, fullInNanoseconds: UInt64)
        case refused(waitNanoseconds: UInt64)
    }

    mutating func take(_ shape: BucketShape, now: UInt64) -> Verdict {
        if now < blockedUntil { return .refused(waitNanoseconds: blockedUntil - now) }
        let missing = max(fullAt, now) - now
        let after = missing &+ shape.nanosecondsPerRequest
        guard after <= shape.windowNanoseconds else {
            guard shape.blockNanoseconds > 0 else {
                return .refused(waitNanoseconds: after - shape.windowNanoseconds)
            }
            blockedUntil = now &+ shape.blockNanoseconds
            return .refused(waitNanoseconds: shape.blockNanoseconds)
        }
        fullAt = now &+ after
        return .allowed(
            remaining: (shape.windowNanoseconds - after) / shape.nanosecondsPerRequest,
            fullInNanoseconds: after)
    }

    /// Nothing would change if it were forgotten.
    func isIdle(now: UInt64) -> Bool { fullAt <= now && blockedUntil <= now }
}
