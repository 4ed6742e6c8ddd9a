// For how long: what the engine grants, within what its mount allows.

internal import Clock
internal import Paths

/// How long a lease lives from now on.
struct LeaseTerms: Sendable, Equatable {
    var ttlSeconds: Int64
    var expiresAt: Int64
    var warnings: [String] = []
}

/// What bounds a lease at its mount: the mount's own settings, or the system's.
struct LeaseBounds: Sendable {
    var defaultTTLSeconds: Int64
    var maxTTLSeconds: Int64

    /// A new lease. `endsBy` is the end of the batch token that asks, or 0.
    func terms(
        of grant: LeaseGrant, endsBy: Int64, now: Int64
    ) throws(BackendFailure) -> LeaseTerms {
        var ttl = Int64(clamping: grant.ttlSeconds)
        if ttl == 0 { ttl = defaultTTLSeconds }
        return try clamp(
            ttl, issuedAt: now, engineMax: Int64(clamping: grant.maxTTLSeconds), endsBy: endsBy,
            now: now)
    }

    /// A renewal by `increment` seconds from now, or by the first lifetime for 0. Nothing is added
    /// to what the lease was allowed at its birth.
    func terms(
        renewing lease: LeaseEntry, increment: Int64, now: Int64
    ) throws(BackendFailure) -> LeaseTerms {
        var ttl = increment > 0 ? increment : lease.ttlSeconds
        if ttl == 0 { ttl = defaultTTLSeconds }
        return try clamp(
            ttl, issuedAt: lease.issuedAt, engineMax: lease.maxTTLSeconds, endsBy: lease.endsBy,
            now: now)
    }

    /// An end is always there, after now and not after the latest that is allowed: no arithmetic
    /// leads to a lease without one.
    private func clamp(
        _ wanted: Int64, issuedAt: Int64, engineMax: Int64, endsBy: Int64, now: Int64
    ) throws(BackendFailure) -> LeaseTerms {
        let longest = engineMax > 0 ? min(engineMax, maxTTLSeconds) : maxTTLSeconds
        var latest = Timestamp(seconds: issuedAt).adding(seconds: longest).seconds
        if endsBy > 0 { latest = min(latest, endsBy) }
        guard latest > now else {
            throw BackendFailure(.invalidRequest, "past the max TTL, cannot renew")
        }
        let expires = Timestamp(seconds: now).adding(seconds: max(1, wanted)).seconds
        guard expires > latest else {
            return LeaseTerms(ttlSeconds: expires - now, expiresAt: expires)
        }
        let asked = DurationText.text(seconds: Int(wanted))
        let cap = DurationText.text(seconds: Int(latest - now))
        return LeaseTerms(
            ttlSeconds: latest - now, expiresAt: latest,
            warnings: [
                "TTL of \"\(asked)\" exceeded the effective max_ttl of \"\(cap)\"; "
                    + "TTL value is capped accordingly"
            ])
    }
}
