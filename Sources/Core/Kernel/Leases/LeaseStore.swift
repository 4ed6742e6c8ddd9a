// The leases of one namespace in storage: each with its indexes, written in one atomic batch.

internal import Barrier
internal import Cryptography

/// Where leases live.
///
/// Below `<namespace>/lease/` there are four kinds of entries. `id/<lease id>` is the lease itself.
/// `due/<mount>/<time>-<suffix>`, `parked/<mount>/<suffix>` and `token/<token>/<suffix>` are
/// indexes that hold its id. The first is apart for each mount, so that the leases of one that
/// hangs are not in the way of the others'. Nothing is kept in memory for a lease.
final class LeaseStore: Sendable {
    let barrier: Barrier
    let namespace: Namespace
    let prefix: String
    let agenda = LeaseAgenda()
    let tally = LeaseTally()
    let locks = LeaseLocks()

    init(barrier: Barrier, namespace: Namespace) {
        self.barrier = barrier
        self.namespace = namespace
        prefix = namespace.storagePrefix + "lease/"
    }

    // MARK: Names

    var idFolder: String { prefix + "id/" }
    func idPath(_ id: LeaseID) -> String { idFolder + id.text }
    func dueFolder(_ mount: UUID128) -> String { prefix + "due/" + mount.text + "/" }
    func parkedFolder(_ mount: UUID128) -> String { prefix + "parked/" + mount.text + "/" }
    func tokenFolder(_ token: TokenKey) -> String { prefix + "token/" + token.text + "/" }

    static func dueName(_ time: Int64, _ suffix: String) -> String {
        TokenStore.sortable(time) + "-" + suffix
    }

    /// The keys of a lease's indexes.
    private func indexes(_ id: LeaseID, _ entry: LeaseEntry) -> [String] {
        var keys = [
            entry.isParked
                ? parkedFolder(entry.mount) + id.suffix
                : dueFolder(entry.mount) + Self.dueName(entry.dueAt, id.suffix)
        ]
        if let token = entry.token { keys.append(tokenFolder(token) + id.suffix) }
        return keys
    }

    // MARK: Look-up

    func find(_ id: LeaseID) throws(BackendFailure) -> StoredLease? {
        guard let stored = try barrier.read(idPath(id)) else { return nil }
        return StoredLease(
            id: id, entry: try LeaseEntry(decoding: stored.value), revision: stored.revision)
    }

    /// The id that an index entry holds.
    func id(inIndex key: String) throws(BackendFailure) -> LeaseID? {
        guard let stored = try barrier.read(key) else { return nil }
        return LeaseID(String(decoding: stored.value, as: UTF8.self))
    }

    /// The mounts that have leases to look at.
    func mountsWithLeases(_ index: String = "due/") throws(BackendFailure) -> [UUID128] {
        var mounts: [UUID128] = []
        try barrier.forEachName(in: prefix + index) { name in
            if let id = UUID128(String(name.dropLast())) { mounts.append(id) }
        }
        return mounts
    }

    // MARK: Change

    /// The batch that takes a lease from one state to the next, if it is still in the first one.
    /// `nil` is "not there".
    func batch(_ id: LeaseID, from old: StoredLease?, to new: LeaseEntry?) -> BarrierBatch {
        // A lease that is there must be able to end, and so must a secret without one.
        let isNew = old == nil && new?.isRevoking == false
        var batch = BarrierBatch(growth: isNew ? .reserved : .unbounded)
        batch.preconditions.append((idPath(id), old?.revision ?? 0))
        let before = old.map { indexes(id, $0.entry) } ?? []
        let after = new.map { indexes(id, $0) } ?? []
        let text = Array(id.text.utf8)
        for key in after where !before.contains(key) { batch.puts.append((key, text)) }
        for key in before where !after.contains(key) { batch.deletes.append(key) }
        if let new {
            batch.puts.append((idPath(id), new.encoded()))
        } else {
            batch.deletes.append(idPath(id))
        }
        return batch
    }

    /// Changes a lease that is there; `false` if somebody was faster.
    func change(
        _ old: StoredLease, to new: LeaseEntry?
    ) async throws(BackendFailure) -> Bool {
        if new == nil { tally.begin(.death, old.id.text) }
        var isMade = false
        defer { if new == nil { tally.settle(.death, old.id.text, isMade: isMade) } }
        do throws(BarrierError) {
            _ = try await barrier.commit(batch(old.id, from: old, to: new))
            isMade = true
        } catch {
            if case .conflict = error.code { return false }
            throw BackendFailure(error)
        }
        if let new, !new.isParked { agenda.note(new.mount, dueAt: new.dueAt) }
        return true
    }

    /// Removes a lease, whatever it has become since it was read.
    func remove(_ id: LeaseID) async throws(BackendFailure) {
        while let current = try find(id) {
            if try await change(current, to: nil) { return }
        }
    }

    /// Applies a change to a lease until it is the last word; nothing happens to one that is gone.
    func update(
        _ id: LeaseID, _ change: (inout LeaseEntry) -> Void
    ) async throws(BackendFailure) {
        while let current = try find(id) {
            var entry = current.entry
            change(&entry)
            if entry == current.entry { return }
            if try await self.change(current, to: entry) { return }
        }
    }

    /// Stores a new lease, if the token is still what it was. With the lease, what its engine
    /// intended is done.
    func insert(
        _ id: LeaseID, _ entry: LeaseEntry, token: LeaseHolder?,
        settling intent: String?,
        then: @escaping @Sendable (Result<Void, BarrierError>) -> Void
    ) {
        var batch = batch(id, from: nil, to: entry)
        if let token { token.add(to: &batch, leaseIn: namespace) }
        if let intent { batch.deletes.append(intent) }
        tally.begin(.birth, id.text)
        barrier.commit(batch) { [self] result in
            if case .success = result {
                tally.settle(.birth, id.text, isMade: true)
                agenda.note(entry.mount, dueAt: entry.dueAt)
                then(.success(()))
            } else {
                tally.settle(.birth, id.text, isMade: false)
                then(result.map { _ in })
            }
        }
    }
}
