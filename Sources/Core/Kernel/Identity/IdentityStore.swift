// The entities and groups of one namespace: in memory for reading, written in one atomic batch.

internal import Barrier
internal import Clock
internal import Cryptography
internal import Synchronization

/// Who the clients are.
///
/// Entities are below `<namespace>/identity/entity/` and groups below
/// `<namespace>/identity/group/`, one entry each; every index is made of them at unsealing.
/// Requests do not come here but to `rights`, which remembers for each active entity what follows
/// from the tables.
final class IdentityStore: Sendable {
    private let barrier: Barrier
    private let prefix: String
    private let tables: Mutex<IdentityTables>
    private let changes = AsyncLock()
    private let rightsCache: RightsCache
    /// Looked at by requests of tokens of the namespaces above.
    private let isHost: Atomic<Bool>

    init(
        barrier: Barrier, namespacePrefix: String, isSmall: Bool = false
    ) throws(BackendFailure) {
        rightsCache = RightsCache(isSmall: isSmall)
        self.barrier = barrier
        self.prefix = namespacePrefix + "identity/"
        let prefix = self.prefix
        var stored = IdentityChanges()
        try barrier.forEachName(in: prefix + "group/") { name throws(BackendFailure) in
            guard let id = UUID128(name), let entry = try barrier.read(prefix + "group/" + name)
            else { return }
            stored.groups[id] = .some(try IdentityGroup(id: id, decoding: entry.value))
        }
        try barrier.forEachName(in: prefix + "entity/") { name throws(BackendFailure) in
            guard let id = UUID128(name), let entry = try barrier.read(prefix + "entity/" + name)
            else { return }
            stored.entities[id] = .some(try Entity(id: id, decoding: entry.value))
        }
        var loaded = IdentityTables()
        loaded.apply(stored)
        isHost = Atomic(loaded.hasGuests)
        tables = Mutex(loaded)
    }

    // MARK: Reading

    /// Looks something up. The tables must not be kept beyond `body`, except to go through all of
    /// them: a copy makes the next change copy them too.
    func read<Result>(_ body: (IdentityTables) -> Result) -> Result {
        tables.withLock { body($0) }
    }

    /// What an entity brings to each request of its tokens, or `nil` if there is no such entity.
    func rights(ofEntity id: String) -> EntityRights? {
        let (cached, ticket) = rightsCache.find(id)
        if let cached { return cached }
        guard let uuid = UUID128(id) else { return nil }
        let rights = read { tables -> EntityRights? in
            guard let entity = tables.livingEntity(uuid) else { return nil }
            let groups = tables.groups(ofEntity: entity.id)
            return EntityRights(entity: entity, groups: groups.direct + groups.inherited)
        }
        if let rights { rightsCache.insert(rights, for: id, ticket) }
        return rights
    }

    /// Policies of an entity and of all its groups, sorted; empty for an unknown one.
    func policies(ofEntity id: String) -> [String] { rights(ofEntity: id)?.policies ?? [] }

    /// The entity with this id or with one that was merged into it.
    func entity(_ id: String) -> Entity? {
        UUID128(id).flatMap { uuid in read { $0.livingEntity(uuid) } }
    }

    func isDisabled(_ id: String) -> Bool { rights(ofEntity: id)?.entity.isDisabled ?? false }

    /// The entity's groups, inherited ones included.
    func groups(ofEntity id: String) -> [IdentityGroup] { rights(ofEntity: id)?.groups ?? [] }

    /// The entity that has this name at a mount, if it has logged in or was told to the server.
    func aliasLookup(mountAccessor: String, name: String) -> Entity? {
        let factors = AliasFactors(mountAccessor: mountAccessor, name: name)
        return read { tables in tables.entityID(factors).flatMap { tables.entities[$0] } }
    }

    /// Whether groups have members of namespaces above.
    var hasGuests: Bool { isHost.load(ordering: .acquiring) }

    /// Grows with every change of a group.
    var groupRevision: UInt64 { rightsCache.revision }

    // MARK: Changing

    /// Makes a change: `edit` sees the tables and says what becomes of them, and all of that is
    /// written or nothing. Changes wait for each other; readers see the old tables until the new
    /// ones are stored, and the new ones before this returns.
    func change<Result: Sendable>(
        growth: BarrierGrowth = .bounded,
        _ edit: @escaping @Sendable (inout IdentityEdit) throws(BackendFailure) -> Result
    ) async throws(BackendFailure) -> Result {
        try await changes.withLock { () async throws(BackendFailure) -> Result in
            let (result, changes) = try self.prepare(edit)
            if changes.isEmpty { return result }
            try await self.barrier.write(self.batch(changes, growth))
            self.tables.withLock { tables in
                tables.apply(changes)
                self.isHost.store(tables.hasGuests, ordering: .releasing)
            }
            self.forgetRights(changes)
            return result
        }
    }

    /// The edit's copy of the tables ends here: a change would otherwise copy them.
    private func prepare<Result: Sendable>(
        _ edit: (inout IdentityEdit) throws(BackendFailure) -> Result
    ) throws(BackendFailure) -> (Result, IdentityChanges) {
        try tables.withLock { tables throws(BackendFailure) in
            var draft = IdentityEdit(tables, now: .now)
            let result = try edit(&draft)
            return (result, draft.changes)
        }
    }

    private func batch(_ changes: IdentityChanges, _ growth: BarrierGrowth) -> BarrierBatch {
        var batch = BarrierBatch(growth: growth)
        for (id, entity) in changes.entities {
            let key = prefix + "entity/" + id.text
            if let entity {
                batch.puts.append((key, entity.encoded()))
            } else {
                batch.deletes.append(key)
            }
        }
        for (id, group) in changes.groups {
            let key = prefix + "group/" + id.text
            if let group {
                batch.puts.append((key, group.encoded()))
            } else {
                batch.deletes.append(key)
            }
        }
        return batch
    }

    /// A changed entity is forgotten by all its ids; a changed group can concern any entity.
    private func forgetRights(_ changes: IdentityChanges) {
        if !changes.groups.isEmpty { rightsCache.invalidateAll() }
        for (id, entity) in changes.entities {
            rightsCache.invalidate(id.text)
            for merged in entity?.mergedIDs ?? [] { rightsCache.invalidate(merged.text) }
        }
    }
}
