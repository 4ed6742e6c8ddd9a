// More time for a lease: its engine agrees first, then it is stored.

internal import JSON

extension Leases {
    /// Renews a lease by `increment` seconds from now; 0 asks for its first lifetime again.
    func renew(
        _ id: LeaseID, increment: Int64
    ) async throws(BackendFailure) -> (answer: BackendAnswer, lease: KeptLease) {
        try await store.locks.withLock(id.suffix) { () async throws(BackendFailure) in
            guard let lease = try self.store.find(id) else { throw Self.notFound }
            return try await self.renew(lease, increment: increment)
        }
    }

    static var notFound: BackendFailure { BackendFailure(.invalidRequest, "lease not found") }

    /// With the lease's lock held.
    private func renew(
        _ lease: StoredLease, increment: Int64
    ) async throws(BackendFailure) -> (answer: BackendAnswer, lease: KeptLease) {
        var entry = lease.entry
        let now = now
        // The sweep may not have come to it yet; it is over all the same.
        guard !entry.isRevoking, !entry.isExpired(at: now) else {
            throw BackendFailure(.invalidRequest, "lease expired")
        }
        guard entry.isRenewable else {
            throw BackendFailure(.invalidRequest, "lease is not renewable")
        }
        guard let mount = mounts[id: entry.mount] else { throw Self.notFound }
        let bounds = bounds(mount)
        var terms = try bounds.terms(renewing: entry, increment: increment, now: now)
        let wish = JSONObject([
            ("increment", .int(Int(increment))), ("ttl", .int(Int(terms.ttlSeconds))),
        ])
        let outcome = await ask(
            .renew, mount: entry.mount, path: entry.path,
            data: JSONValue.object(wish).encoded(), internalData: entry.internalData)
        let answer = try outcome.get()
        // The engine may give less than it was offered, and change what it wants back.
        if let grant = answer.lease {
            if grant.maxTTLSeconds > 0 {
                entry.maxTTLSeconds = Int64(clamping: grant.maxTTLSeconds)
            }
            if grant.ttlSeconds > 0 {
                let wanted = min(Int64(clamping: grant.ttlSeconds), terms.ttlSeconds)
                let warnings = terms.warnings
                terms = try bounds.terms(renewing: entry, increment: wanted, now: now)
                terms.warnings = warnings + terms.warnings
            }
            if !grant.internalData.isEmpty { entry.internalData = grant.internalData }
            entry.isRenewable = grant.isRenewable
        }
        entry.expiresAt = terms.expiresAt
        entry.dueAt = terms.expiresAt
        entry.lastRenewedAt = now
        guard try await store.change(lease, to: entry) else {
            // Its end was asked for while the engine was.
            throw BackendFailure(.invalidRequest, "lease expired")
        }
        var plain = BackendAnswer()
        plain.warnings = terms.warnings + answer.warnings
        let kept = KeptLease(
            id: lease.id.text, isRenewable: entry.isRenewable, ttlSeconds: UInt64(terms.ttlSeconds))
        return (plain, kept)
    }
}

/// A lease as the envelope shows it.
struct KeptLease: Sendable {
    var id: String
    var isRenewable: Bool
    var ttlSeconds: UInt64
}
