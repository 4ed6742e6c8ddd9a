// A change in the making: the tables as they are, and over them what this request puts and removes.

internal import Clock
internal import Cryptography

/// Lives only while the tables stand still; what it leaves behind is `changes`.
struct IdentityEdit {
    let tables: IdentityTables
    let now: Timestamp
    private(set) var changes = IdentityChanges()

    init(_ tables: IdentityTables, now: Timestamp) {
        self.tables = tables
        self.now = now
    }

    // MARK: Finding

    func entity(_ id: UUID128) -> Entity? {
        if let changed = changes.entities[id] { return changed }
        return tables.entities[id]
    }

    func group(_ id: UUID128) -> IdentityGroup? {
        if let changed = changes.groups[id] { return changed }
        return tables.groups[id]
    }

    /// The entity with an id as a client writes it.
    func entity(text: String) -> Entity? { UUID128(text).flatMap { entity($0) } }

    func group(text: String) -> IdentityGroup? { UUID128(text).flatMap { group($0) } }

    func entity(named name: String) -> Entity? {
        tables.entityID(named: name).flatMap { entity($0) }
    }

    func group(named name: String) -> IdentityGroup? {
        tables.groupID(named: name).flatMap { group($0) }
    }

    // MARK: Making

    /// A new entity; without a name it gets one of its own.
    func newEntity(name: String) -> Entity {
        Entity(
            name: name.isEmpty ? freeName("entity") { tables.entityID(named: $0) != nil } : name,
            now: now)
    }

    func newGroup(name: String, kind: IdentityGroup.Kind) -> IdentityGroup {
        IdentityGroup(
            name: name.isEmpty ? freeName("group") { tables.groupID(named: $0) != nil } : name,
            kind: kind, now: now)
    }

    private func freeName(_ kind: String, isTaken: (String) -> Bool) -> String {
        while true {
            let name = "\(kind)_\(UUID128().text.prefix(8))"
            if !isTaken(name) { return name }
        }
    }

    // MARK: Changing

    mutating func put(_ entity: Entity) {
        var entity = entity
        entity.updatedAt = now
        changes.entities[entity.id] = .some(.some(entity))
    }

    mutating func put(_ group: IdentityGroup) {
        var group = group
        group.updatedAt = now
        group.modifyIndex &+= 1
        changes.groups[group.id] = .some(.some(group))
    }

    /// Removes entities, and them from the groups that list them.
    mutating func remove(entities ids: Set<UUID128>) {
        var affected: Set<UUID128> = []
        for id in ids {
            changes.entities[id] = .some(nil)
            affected.formUnion(tables.groupIDs(ofEntity: id))
        }
        for id in affected {
            guard var group = group(id), group.kind == .internal else { continue }
            group.memberEntityIDs.removeAll { ids.contains($0) }
            put(group)
        }
    }

    /// Removes a group, and it from the groups that list it.
    mutating func remove(group id: UUID128) {
        changes.groups[id] = .some(nil)
        for parent in tables.parentIDs(ofGroup: id) {
            guard var group = group(parent) else { continue }
            group.memberGroupIDs.removeAll { $0 == id }
            put(group)
        }
    }
}
