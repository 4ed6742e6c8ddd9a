// The end of a lease: its engine undoes the secret, and then the lease is forgotten.

internal import Clock
internal import Cryptography
internal import Logging

/// What a caller of a revocation wants to happen when the engine fails.
enum RevocationMode: Sendable {
    /// Tried again later, and parked after too many attempts.
    case retrying
    /// Parked at once: there will be nobody to try again with.
    case final
    /// The lease goes all the same.
    case forced
}

extension Leases {
    /// Revokes a lease now. Says why the engine could not; there is nothing to do for one that is
    /// gone.
    ///
    /// An engine may be asked twice to undo the same secret, after a crash or a lost answer; it has
    /// to take "it is not there" for done.
    func revoke(
        _ id: LeaseID, _ mode: RevocationMode = .retrying
    ) async throws(BackendFailure) -> BackendFailure? {
        try await store.locks.withLock(id.suffix) { () async throws(BackendFailure) in
            guard let lease = try self.store.find(id) else { return nil }
            return try await self.attempt(lease, mode)
        }
    }

    /// Revokes a lease that the index says is due, unless it was renewed meanwhile.
    func revokeDue(indexKey key: String, now: Int64) async throws(BackendFailure) {
        guard let id = try store.id(inIndex: key) else {
            return try await store.barrier.delete(key)
        }
        try await store.locks.withLock(id.suffix) { () async throws(BackendFailure) in
            guard let lease = try self.store.find(id), self.store.isIndexed(lease, at: key) else {
                // Revoked or renewed since the page was read, and then there is nothing to delete;
                // or a name without its lease, which no batch of ours leaves behind.
                return try await self.store.barrier.delete(key)
            }
            if lease.entry.dueAt <= now { _ = try await self.attempt(lease, .retrying) }
        }
    }

    /// With the lease's lock held.
    private func attempt(
        _ lease: StoredLease, _ mode: RevocationMode
    ) async throws(BackendFailure) -> BackendFailure? {
        let entry = lease.entry
        // The server seals: engines end, and what they could not do is no failure of theirs.
        guard !Task.isCancelled else { return BackendFailure(.sealed, "Vault is sealed") }
        let outcome = await ask(
            .revoke, mount: entry.mount, path: entry.path, internalData: entry.internalData)
        guard case .failure(let failure) = outcome else {
            try await store.remove(lease.id)
            return nil
        }
        if mode == .forced {
            logger.warning(
                "a lease was removed although its engine could not revoke it",
                metadata: ["lease": "\(lease.id.text)", "error": "\(failure.message)"])
            try await store.remove(lease.id)
            return nil
        }
        guard !Task.isCancelled else { return failure }
        // An engine that never had its turn has not failed: the lease is not given up for that.
        let attempts = failure.isForWantOfRoom ? entry.attempts : entry.attempts + 1
        let isOver =
            mode == .final || attempts >= timings.attempts || Self.isHopeless(failure.code)
        let now = now
        try await store.update(lease.id) { entry in
            entry.attempts = attempts
            entry.failure = String(
                decoding: failure.message.utf8.prefix(KernelLimits.leaseFailureBytes),
                as: UTF8.self)
            entry.isRevoking = true
            entry.expiresAt = min(entry.expiresAt, now)
            entry.dueAt =
                isOver
                ? 0
                : Timestamp(seconds: now)
                    .adding(seconds: self.timings.backOffSeconds(afterAttempts: max(1, attempts)))
                    .seconds
        }
        logger.warning(
            isOver
                ? "a lease cannot be revoked and is parked" : "a lease could not be revoked yet",
            metadata: [
                "lease": "\(lease.id.text)", "attempts": "\(attempts)",
                "error": "\(failure.message)",
            ])
        return failure
    }

    /// Failures that another attempt would meet again.
    private static func isHopeless(_ code: BackendFailure.Code) -> Bool {
        code == .unsupportedOperation || code == .unsupportedPath
    }

    /// Revokes everything below a path now, some at a time, and goes on past failures. Gives the
    /// number of those and the last one.
    func revokeAll(
        below path: String, _ mode: RevocationMode
    ) async throws(BackendFailure) -> (failures: Int, last: BackendFailure?) {
        let width = KernelLimits.revocationsAtOnce
        var failures = 0
        var last: BackendFailure?
        var ids: [LeaseID] = []
        func flush() async throws(BackendFailure) {
            for failure in await revoke(ids, mode) {
                failures += 1
                last = failure
            }
            ids = []
        }
        try await store.forEachID(below: path) { id throws(BackendFailure) in
            ids.append(id)
            if ids.count == width { try await flush() }
        }
        try await flush()
        return (failures, last)
    }

    /// Revokes several leases side by side and gives the failures.
    func revoke(_ ids: [LeaseID], _ mode: RevocationMode) async -> [BackendFailure] {
        await withTaskGroup(of: BackendFailure?.self) { group in
            for id in ids {
                group.addTask {
                    do throws(BackendFailure) { return try await self.revoke(id, mode) } catch {
                        return error
                    }
                }
            }
            return await group.reduce(into: []) { failures, failure in
                if let failure { failures.append(failure) }
            }
        }
    }
}

extension LeaseStore {
    /// Whether this is the lease's own place in the index of what is due.
    fileprivate func isIndexed(_ lease: StoredLease, at key: String) -> Bool {
        !lease.entry.isParked
            && key.utf8.elementsEqual(
                (dueFolder(lease.entry.mount)
                    + Self.dueName(lease.entry.dueAt, lease.id.suffix)).utf8)
    }
}
