// Many leases at once: those below a path. Each mount's are a lane of their own, so that an engine
// which is slow or hangs holds up its own leases only.

extension Leases {
    /// Revokes everything below a path now and goes on past failures. Gives the number of those and
    /// the last one.
    func revokeAll(
        below path: String, _ mode: RevocationMode
    ) async throws(BackendFailure) -> (failures: Int, last: BackendFailure?) {
        if let id = LeaseID(path), try store.find(id) != nil {
            let failure = try await revoke(id, mode)
            return (failure == nil ? 0 : 1, failure)
        }
        var lanes = LeaseLanes(below: path)
        var failures = 0
        var last: BackendFailure?
        try await inSlidingWindow(of: KernelLimits.mountsRevokedAtOnce) {
            () async throws(BackendFailure) in
            try lanes.next(self.store)
        } work: { lane in
            await self.revokeLane(lane, mode)
        } ended: { lane in
            failures += lane.failures
            last = last ?? lane.last
        }
        return (failures, last)
    }

    private func revokeLane(
        _ path: String, _ mode: RevocationMode
    ) async -> (failures: Int, last: BackendFailure?) {
        var walk = LeaseWalk(path)
        var ids: ArraySlice<LeaseID> = []
        var failures = 0
        var last: BackendFailure?
        do throws(BackendFailure) {
            try await inSlidingWindow(of: KernelLimits.leaseEndingsAtOnce) {
                () async throws(BackendFailure) in
                while ids.isEmpty, let page = try walk.next(self.store) { ids = page[...] }
                return ids.popFirst()
            } work: { id in
                do throws(BackendFailure) {
                    return try await self.revoke(id, mode, inBulk: true)
                } catch {
                    return error
                }
            } ended: { failure in
                guard let failure else { return }
                failures += 1
                last = failure
            }
        } catch {
            failures += 1
            last = error
        }
        return (failures, last)
    }
}

/// The folders below a path that each hold the leases of one mount, in order.
private struct LeaseLanes {
    private let path: String
    private var walk: LeaseWalk

    init(below path: String) {
        self.path = LeaseWalk.folder(path)
        walk = LeaseWalk(path)
    }

    mutating func next(_ store: LeaseStore) throws(BackendFailure) -> String? {
        while let ids = try walk.next(store) {
            for id in ids {
                guard let lease = try store.find(id) else { continue }
                let folder = Self.folder(of: lease)
                // The mount may be above what was asked for.
                let lane = folder.utf8.starts(with: path.utf8) ? folder : path
                walk.skip(lane)
                return lane
            }
        }
        return nil
    }

    /// What is before the request's path in the lease's id: where its mount was.
    private static func folder(of lease: StoredLease) -> String {
        let (path, own) = (Array(lease.id.path.utf8), Array(lease.entry.path.utf8))
        let place = path.dropLast(own.count)
        if place.last == UInt8(ascii: "/"), path.dropFirst(place.count).elementsEqual(own) {
            return String(decoding: place, as: UTF8.self)
        }
        return LeaseWalk.folder(lease.id.path)
    }
}
