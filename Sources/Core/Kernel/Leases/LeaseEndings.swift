// Ends that are asked for and carried out later: of a lease, of all below a path, of a token's.

internal import Barrier
internal import Clock

extension LeaseStore {
    private static let leasesPerBatch = 64

    /// Lets leases expire now. Once this returns it is durable: the sweep revokes them, after a
    /// restart if need be. They cannot be renewed any more, and a parked one is tried again.
    func expire(_ ids: [LeaseID], forgettingToken: Bool = false) async throws(BackendFailure) {
        let now = Timestamp.now.seconds
        @Sendable func end(_ entry: inout LeaseEntry) {
            if forgettingToken { entry.token = nil }
            // One that is being revoked keeps its place and its back-off.
            if entry.isRevoking && !entry.isParked { return }
            entry.isRevoking = true
            entry.expiresAt = min(entry.expiresAt, now)
            entry.dueAt = now
            entry.attempts = 0
        }
        var rest = ids[...]
        while !rest.isEmpty {
            let page = rest.prefix(Self.leasesPerBatch)
            rest = rest.dropFirst(page.count)
            if try await !changeTogether(page, end) {
                // Somebody changed one of them: each by itself then.
                for id in page { try await update(id, end) }
            }
        }
    }

    private func changeTogether(
        _ ids: ArraySlice<LeaseID>, _ change: (inout LeaseEntry) -> Void
    ) async throws(BackendFailure) -> Bool {
        var together = BarrierBatch(growth: .unbounded)
        var changed: [LeaseEntry] = []
        for id in ids {
            guard let lease = try find(id) else { continue }
            var entry = lease.entry
            change(&entry)
            guard entry != lease.entry else { continue }
            let batch = batch(id, from: lease, to: entry)
            together.preconditions += batch.preconditions
            together.puts += batch.puts
            together.deletes += batch.deletes
            changed.append(entry)
        }
        guard !changed.isEmpty else { return true }
        do throws(BarrierError) { _ = try await barrier.commit(together) } catch {
            if case .conflict = error.code { return false }
            throw BackendFailure(error)
        }
        for entry in changed where !entry.isParked { agenda.note(entry.mount, dueAt: entry.dueAt) }
        return true
    }

    /// Lets everything below a path expire now.
    func expire(below path: String) async throws(BackendFailure) {
        var ids: [LeaseID] = []
        try await forEachID(below: path) { id throws(BackendFailure) in
            ids.append(id)
            if ids.count == Self.leasesPerBatch {
                try await expire(ids)
                ids = []
            }
        }
        try await expire(ids)
    }

    /// The token has ended: so do its leases.
    ///
    /// Called after the token was marked. A lease that is being stored meanwhile fails for that, so
    /// none is missed. The token need not wait for the engines: what is durable after this is that
    /// the leases end.
    func expireAll(ofToken token: TokenKey) async throws(BackendFailure) {
        let folder = tokenFolder(token)
        while true {
            let names = try barrier.names(folder, after: "", limit: Self.leasesPerBatch)
            if names.isEmpty { return }
            var ids: [LeaseID] = []
            for name in names {
                if let id = try id(inIndex: folder + name), try barrier.read(idPath(id)) != nil {
                    ids.append(id)
                } else {
                    try await barrier.delete(folder + name)
                }
            }
            try await expire(ids, forgettingToken: true)
        }
    }
}
