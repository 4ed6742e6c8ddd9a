// How long a token lives, from what is asked for and what is allowed. The one place where lifetimes
// are clamped, for creation, login and renewal alike.

internal import Paths

/// What bounds a token's life. All values are seconds, and 0 is "nothing said".
struct TokenLifetime: Sendable {
    /// What the request asks for.
    var asked: Int64 = 0
    /// What the login or the token's first life says when the request asks for nothing.
    var usual: Int64 = 0
    /// A periodic token lives so long from each renewal, without an end.
    var period: Int64 = 0
    /// The login's own maximum.
    var maximum: Int64 = 0
    /// The token's own maximum, which also ends periodic tokens.
    var explicitMaximum: Int64 = 0
    var mount: MountLifetimes

    /// The lifetime from `now` on of a token made at `start`, with warnings where less is given
    /// than was asked for. Never beyond what was allowed at the token's birth: a token about to
    /// end cannot be renewed into one that does not.
    func grant(start: Int64, now: Int64) throws(BackendFailure) -> Grant {
        var cap = mount.maxTTL
        if maximum > 0 { cap = min(cap, maximum) }
        if explicitMaximum > 0 { cap = min(cap, explicitMaximum) }
        guard cap > 0 else {
            throw BackendFailure(
                .internalError, "the maximum lifetime of the mount is not positive")
        }
        var grant = Grant(seconds: 0, warnings: [])
        var end: Int64?
        if period > 0 {
            grant.seconds = period
            if period > cap {
                grant.seconds = cap
                grant.warn("Period", "Period value", period, cap)
            }
            if explicitMaximum > 0 { end = TokenEntry.time(start, plus: explicitMaximum) }
        } else {
            grant.seconds = asked > 0 ? asked : usual > 0 ? usual : mount.defaultTTL
            end = TokenEntry.time(start, plus: cap)
        }
        if let end {
            // The clock may have been set back since `start`; that makes no life longer.
            let left = min(Self.difference(end, now), cap)
            guard left > 0 else {
                throw BackendFailure(.invalidRequest, "past the max TTL, cannot renew")
            }
            if grant.seconds > left {
                grant.warn("TTL", "TTL value", grant.seconds, left)
                grant.seconds = left
            }
        }
        return grant
    }

    struct Grant: Sendable {
        var seconds: Int64
        var warnings: [String]

        fileprivate mutating func warn(
            _ what: String, _ value: String, _ asked: Int64, _ cap: Int64
        ) {
            let asked = DurationText.text(seconds: Int(asked))
            let cap = DurationText.text(seconds: Int(cap))
            warnings.append(
                "\(what) of \"\(asked)\" exceeded the effective max_ttl of \"\(cap)\"; "
                    + "\(value) is capped accordingly")
        }
    }

    private static func difference(_ end: Int64, _ now: Int64) -> Int64 {
        let (difference, overflow) = end.subtractingReportingOverflow(now)
        return overflow ? .max : difference
    }
}

/// The lifetimes that a mount gives, its own or the system's.
struct MountLifetimes: Sendable, Equatable {
    var defaultTTL: Int64
    var maxTTL: Int64
}
