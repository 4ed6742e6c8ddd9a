// A mount goes: its leases are revoked, or parked where everybody can see them.

internal import Cryptography
internal import Logging

extension Leases {
    /// Revokes all leases of a mount that takes no requests any more.
    ///
    /// Goes on as long as the engine does; one that fails for a whole round is not asked again.
    /// What it did not revoke is parked, since nobody can revoke it later: the removal of a mount
    /// never waits for an engine that does not come back.
    func end(_ mount: Mount) async {
        do throws(BackendFailure) {
            for key in try intents.keys(of: mount.entry.id) { await rollBackLast(key) }
            let parked = try await revokeOrPark(mount.entry.id)
            if parked > 0 {
                logger.error(
                    "leases of a disabled mount could not be revoked and are parked",
                    metadata: ["mount": "\(mount.entry.route)", "leases": "\(parked)"])
            }
        } catch {
            logger.error(
                "the leases of a disabled mount could not be ended",
                metadata: ["mount": "\(mount.entry.route)", "error": "\(error.message)"])
        }
    }

    private func revokeOrPark(_ mount: UUID128) async throws(BackendFailure) -> Int {
        let folder = store.dueFolder(mount)
        var parked = 0
        var isEngineWell = true
        // Revoked or parked, a lease leaves the index; one that came in meanwhile is found too.
        while true {
            let names = try store.barrier.names(
                folder, after: "", limit: KernelLimits.revocationsAtOnce)
            if names.isEmpty { return parked }
            var ids: [LeaseID] = []
            for name in names {
                if let id = try store.id(inIndex: folder + name), try store.find(id) != nil {
                    ids.append(id)
                } else {
                    try await store.barrier.delete(folder + name)
                }
            }
            if isEngineWell {
                let failures = await revoke(ids, .final)
                parked += failures.count
                isEngineWell = failures.isEmpty || failures.count < ids.count
            } else {
                for id in ids { try await park(id) }
                parked += ids.count
            }
        }
    }

    private func park(_ id: LeaseID) async throws(BackendFailure) {
        let now = now
        try await store.update(id) { entry in
            entry.isRevoking = true
            entry.expiresAt = min(entry.expiresAt, now)
            entry.dueAt = 0
            entry.failure = "the mount was disabled while its engine failed"
        }
    }
}
