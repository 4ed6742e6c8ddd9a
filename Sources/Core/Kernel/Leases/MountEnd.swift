// A mount goes: its leases are revoked, or parked where everybody can see them.

internal import Cryptography
internal import Logging

extension Leases {
    /// Revokes all leases of a mount that takes no requests any more.
    ///
    /// Goes on as long as the engine does; one that fails again and again is not asked any more.
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
        let patience = EnginePatience()
        var parked = 0
        // Revoked or parked, a lease leaves the index; one that came in meanwhile is found too.
        while true {
            var problem: BackendFailure?
            var names = FolderNames(folder, store.barrier)
            var isEmpty = true
            try await inSlidingWindow(of: KernelLimits.leaseEndingsAtOnce) {
                () async throws(BackendFailure) -> LeaseID? in
                while problem == nil, let name = try names.next() {
                    isEmpty = false
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
                    return .success(try await self.revoke(id, .final(patience), inBulk: true))
                } catch { return .failure(error) }
            } ended: { result in
                switch result {
                case .success(nil): break
                case .success(let failure?) where failure.code == .sealed: problem = failure
                case .success: parked += 1
                case .failure(let failure): problem = failure
                }
            }
            if let problem { throw problem }
            if isEmpty { return parked }
        }
    }
}
