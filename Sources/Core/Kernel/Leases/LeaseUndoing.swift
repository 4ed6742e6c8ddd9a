// What becomes of a secret or an intent whose request did not end with a lease.

internal import Barrier
internal import Cryptography
internal import Logging

extension Leases {
    /// Undoes a secret that was made and cannot be kept. What the engine cannot undo now is kept
    /// track of: by its intent, or as a lease that is over.
    func undo(_ grant: LeaseGrant, of mount: Mount, path: String, request: UUID128) async {
        let relative = mount.relativePath(path)
        let outcome = await ask(
            .revoke, mount: mount.entry.id, path: relative, internalData: grant.internalData)
        switch outcome {
        case .success:
            guard let key = intents.take(request) else { return }
            // If this fails it is rolled back again after the next start, which does no harm.
            try? await intents.remove(key)
        case .failure(let failure):
            let hasIntent = intents.key(of: request) != nil
            intents.abandon(request, dueAt: now)
            if !hasIntent { await keep(grant, of: mount, path: path, failure) }
        }
    }

    private func keep(
        _ grant: LeaseGrant, of mount: Mount, path: String, _ failure: BackendFailure
    ) async {
        let now = now
        let entry = LeaseEntry(
            mount: mount.entry.id, path: mount.relativePath(path), token: nil, issuedAt: now,
            expiresAt: now, ttlSeconds: 0, maxTTLSeconds: 0, isRenewable: false, isRevoking: true,
            dueAt: now, attempts: 1, failure: failure.message, internalData: grant.internalData)
        let id = LeaseID(path: path, in: store.namespace)
        let result = await withCheckedContinuation { continuation in
            store.insert(id, entry, token: nil, settling: nil) {
                continuation.resume(returning: $0)
            }
        }
        if case .failure(let error) = result {
            logger.critical(
                "a secret was made whose lease can neither be stored nor revoked",
                metadata: [
                    "path": "\(path)", "engine": "\(failure.message)",
                    "storage": "\(error.message)",
                ])
        }
    }

    /// Settles the intent of a request that ended without a lease.
    func settleIntent(
        of request: UUID128, _ outcome: BackendOutcome,
        then: @escaping @Sendable (BackendOutcome) -> Void
    ) {
        switch outcome {
        case .failure(let failure):
            // An engine that ran out of time may be at it still.
            let isLate = failure.code == .deadlineExceeded
            intents.abandon(request, dueAt: isLate ? now + timings.intentGraceSeconds : now)
            then(outcome)
        case .success(let answer):
            guard answer.lease == nil, let key = intents.take(request) else { return then(outcome) }
            // The engine is content: what it did stays. That is durable before the client hears it.
            store.barrier.commit(BarrierBatch(deletes: [key])) { result in
                switch result {
                case .success: then(outcome)
                case .failure(let error): then(.failure(BackendFailure(error)))
                }
            }
        }
    }
}
