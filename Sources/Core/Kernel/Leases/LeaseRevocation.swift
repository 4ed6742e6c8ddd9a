// The end of a lease: its engine undoes the secret, and then the lease is forgotten.

internal import Clock
internal import Cryptography
internal import Logging

/// What a caller of a revocation wants to happen when the engine fails.
enum RevocationMode: Sendable {
    /// Tried again later, and parked after too many attempts.
    case retrying
    /// The same, but when others have failed its engine is not asked, and nothing changes.
    case patient(EnginePatience)
    /// Parked at once: there will be nobody to try again with.
    case final(EnginePatience)
    /// The lease goes all the same.
    case forced
}

extension Leases {
    /// Revokes a lease now. Says why the engine could not; there is nothing to do for one that is
    /// gone.
    ///
    /// An engine may be asked twice to undo the same secret, after a crash or a lost answer; it has
    /// to take "it is not there" for done.
    ///
    /// One of many `inBulk` takes turns with the others of its mount at the engine.
    func revoke(
        _ id: LeaseID, _ mode: RevocationMode = .retrying, inBulk: Bool = false
    ) async throws(BackendFailure) -> BackendFailure? {
        try await store.locks.withLock(id.suffix) { () async throws(BackendFailure) in
            guard let lease = try self.store.find(id) else { return nil }
            return try await self.attempt(lease, mode, inBulk: inBulk)
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
            if lease.entry.dueAt <= now {
                _ = try await self.attempt(lease, .retrying, inBulk: true)
            }
        }
    }

    /// With the lease's lock held.
    private func attempt(
        _ lease: StoredLease, _ mode: RevocationMode, inBulk: Bool
    ) async throws(BackendFailure) -> BackendFailure? {
        let entry = lease.entry
        // Its turn at the engine is over with the engine's answer: others have it while storage
        // takes note.
        let asked =
            inBulk
            ? try await turns.withLock(entry.mount.text) { () async throws(BackendFailure) in
                await self.askToRevoke(entry, mode)
            }
            : await askToRevoke(entry, mode)
        let failure: BackendFailure
        switch asked {
        case .isDone:
            try await store.remove(lease.id)
            return nil
        case .notAsked: return BackendFailure(.unavailable, "its engine failed before")
        case .failed(let problem): failure = problem
        }
        if failure.code == .sealed { return failure }
        if case .forced = mode {
            logger.warning(
                "a lease was removed although its engine could not revoke it",
                metadata: ["lease": "\(lease.id.text)", "error": "\(failure.message)"])
            try await store.remove(lease.id)
            return nil
        }
        guard !Task.isCancelled else { return failure }
        var isOver = Self.isHopeless(failure.code)
        if case .final = mode { isOver = true }
        // An engine that never had its turn has not failed: the lease is not given up for that.
        let attempts = failure.isForWantOfRoom ? entry.attempts : entry.attempts + 1
        if attempts >= timings.attempts { isOver = true }
        let isParked = isOver
        let now = now
        try await store.update(lease.id) { entry in
            entry.attempts = attempts
            entry.failure = String(
                decoding: failure.message.utf8.prefix(KernelLimits.leaseFailureBytes),
                as: UTF8.self)
            entry.isRevoking = true
            entry.expiresAt = min(entry.expiresAt, now)
            entry.dueAt =
                isParked
                ? 0
                : Timestamp(seconds: now)
                    .adding(seconds: self.timings.backOffSeconds(afterAttempts: max(1, attempts)))
                    .seconds
        }
        logger.warning(
            isParked
                ? "a lease cannot be revoked and is parked" : "a lease could not be revoked yet",
            metadata: [
                "lease": "\(lease.id.text)", "attempts": "\(attempts)",
                "error": "\(failure.message)",
            ])
        return failure
    }

    private enum Asked {
        case isDone, notAsked
        case failed(BackendFailure)
    }

    private func askToRevoke(_ entry: LeaseEntry, _ mode: RevocationMode) async -> Asked {
        // The server seals: engines end, and what they could not do is no failure of theirs.
        guard !Task.isCancelled else { return .failed(BackendFailure(.sealed, "Vault is sealed")) }
        var patience: EnginePatience?
        switch mode {
        case .retrying, .forced: break
        case .patient(let known):
            if known.isOver { return .notAsked }
            patience = known
        case .final(let known):
            if known.isOver {
                return .failed(
                    BackendFailure(.unavailable, "the mount was disabled while its engine failed"))
            }
            patience = known
        }
        let outcome = await ask(
            .revoke, mount: entry.mount, path: entry.path, internalData: entry.internalData)
        guard case .failure(let failure) = outcome else {
            patience?.note(isWell: true)
            return .isDone
        }
        patience?.note(isWell: false)
        return .failed(failure)
    }

    /// Failures that another attempt would meet again.
    private static func isHopeless(_ code: BackendFailure.Code) -> Bool {
        code == .unsupportedOperation || code == .unsupportedPath
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
