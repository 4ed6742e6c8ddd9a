// A mount goes: its leases are revoked first. Where somebody waits for that, the mount stays until
// all of them are; where its whole namespace goes, what is left is parked.

internal import Cryptography
internal import Logging

extension Leases {
    /// Revokes all leases of a mount that takes no requests any more, those that are parked too.
    ///
    /// Throws if its engine could not revoke all of them: then the mount has to stay, since without
    /// it nobody could, and what its engine made would be there for ever. They are tried again like
    /// others whose time is over.
    func endAll(of mount: Mount) async throws(BackendFailure) {
        let id = mount.entry.id
        for key in try intents.keys(of: id) { await rollBackLast(key) }
        let patience = EnginePatience()
        var failures = 0
        var reason: BackendFailure?
        for folder in [store.dueFolder(id), store.parkedFolder(id)] {
            var isEmpty = false
            // One that came in meanwhile is found too.
            while !isEmpty, reason == nil {
                let pass = try await revoke(in: folder, .patient(patience))
                isEmpty = pass.isEmpty
                failures += pass.failures
                reason = pass.first
            }
        }
        guard let reason else { return }
        throw BackendFailure(
            reason.code,
            "the mount stays, since its engine could not revoke "
                + (failures == 1 ? "a lease" : "all leases") + ": \(reason.message); "
                + "try again, or give its leases up with sys/leases/revoke-force",
            retryAfterSeconds: reason.retryAfterSeconds)
    }

    /// Revokes the leases of a mount of a namespace that is deleted. Goes on as long as the engine
    /// does; one that fails again and again is not asked any more. What it did not revoke is
    /// parked: the removal of a namespace never waits for an engine that does not come back.
    func end(_ mount: Mount) async {
        do throws(BackendFailure) {
            let id = mount.entry.id
            for key in try intents.keys(of: id) { await rollBackLast(key) }
            let patience = EnginePatience()
            var parked = 0
            var isEmpty = false
            // Revoked or parked, a lease leaves the index; one that came in meanwhile is found too.
            while !isEmpty {
                let pass = try await revoke(in: store.dueFolder(id), .final(patience))
                isEmpty = pass.isEmpty
                parked += pass.failures
            }
            if parked > 0 {
                logger.error(
                    "leases of a deleted namespace could not be revoked and are parked",
                    metadata: ["mount": "\(mount.entry.route)", "leases": "\(parked)"])
            }
        } catch {
            logger.error(
                "the leases of a deleted namespace could not be ended",
                metadata: ["mount": "\(mount.entry.route)", "error": "\(error.message)"])
        }
    }

    private struct Pass {
        /// Whether there was nothing to do.
        var isEmpty = true
        var failures = 0
        var first: BackendFailure?
    }

    /// Revokes what an index names, all of it or until patience with the engine is over.
    private func revoke(
        in folder: String, _ mode: RevocationMode
    ) async throws(BackendFailure) -> Pass {
        var pass = Pass()
        var problem: BackendFailure?
        var patience: EnginePatience?
        if case .patient(let known) = mode { patience = known }
        var names = FolderNames(folder, store.barrier)
        try await inSlidingWindow(of: KernelLimits.leaseEndingsAtOnce) {
            () async throws(BackendFailure) -> LeaseID? in
            while problem == nil, patience?.isOver != true, let name = try names.next() {
                pass.isEmpty = false
                if let id = try self.store.id(inIndex: folder + name),
                    try self.store.find(id) != nil
                {
                    return id
                }
                try await self.store.barrier.delete(folder + name)
            }
            return nil
        } work: { id -> Result<BackendFailure?, BackendFailure> in
            do throws(BackendFailure) {
                return .success(try await self.revoke(id, mode, inBulk: true))
            } catch { return .failure(error) }
        } ended: { result in
            switch result {
            case .success(nil): break
            case .success(let failure?) where failure.code == .sealed: problem = failure
            case .success(let failure?):
                pass.failures += 1
                // Of those that were not asked any more nothing is to be said.
                pass.first = pass.first ?? failure
            case .failure(let failure): problem = failure
            }
        }
        if let problem { throw problem }
        return pass
    }
}
