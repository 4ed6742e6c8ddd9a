// All entities and groups of a namespace in memory, with what they are found by.

internal import Cryptography

/// The entries and their indexes. A change goes through `apply`, which keeps both together; nothing
/// but the entries is stored.
struct IdentityTables: Sendable {
    private(set) var entities: [UUID128: Entity] = [:]
    private(set) var groups: [UUID128: IdentityGroup] = [:]
    private var entityByName: [FoldedName: UUID128] = [:]
    private var entityByAlias: [UUID128: UUID128] = [:]
    private var entityByFactors: [AliasFactors: UUID128] = [:]
    private var entityByMergedID: [UUID128: UUID128] = [:]
    private var groupByName: [FoldedName: UUID128] = [:]
    private var groupByAlias: [UUID128: UUID128] = [:]
    private var groupByFactors: [AliasFactors: UUID128] = [:]
    /// The groups that list an entity, and those of an entity's external memberships.
    private var groupsOfEntity: [UUID128: Set<UUID128>] = [:]
    private var membersOfExternal: [UUID128: Set<UUID128>] = [:]
    private var parentsOfGroup: [UUID128: Set<UUID128>] = [:]
    /// The groups that list members of namespaces above.
    private var hostingGroups: Set<UUID128> = []

    // MARK: Finding

    /// The entity, also by the id of one that was merged into it.
    func livingEntity(_ id: UUID128) -> Entity? {
        entities[id] ?? entityByMergedID[id].flatMap { entities[$0] }
    }

    func entityID(named name: String) -> UUID128? { entityByName[FoldedName(name)] }
    func entityID(ofAlias alias: UUID128) -> UUID128? { entityByAlias[alias] }
    func entityID(_ factors: AliasFactors) -> UUID128? { entityByFactors[factors] }
    func groupID(named name: String) -> UUID128? { groupByName[FoldedName(name)] }
    func groupID(ofAlias alias: UUID128) -> UUID128? { groupByAlias[alias] }
    func groupID(_ factors: AliasFactors) -> UUID128? { groupByFactors[factors] }

    /// Ids of the groups that an entity is a direct member of.
    func groupIDs(ofEntity id: UUID128) -> Set<UUID128> { groupsOfEntity[id] ?? [] }
    func parentIDs(ofGroup id: UUID128) -> Set<UUID128> { parentsOfGroup[id] ?? [] }

    func memberIDs(of group: IdentityGroup) -> [UUID128] {
        switch group.kind {
        case .internal: group.memberEntityIDs
        case .external: (membersOfExternal[group.id] ?? []).inOrder
        }
    }

    func memberCount(of group: IdentityGroup) -> Int {
        switch group.kind {
        case .internal: group.memberEntityIDs.count
        case .external: membersOfExternal[group.id]?.count ?? 0
        }
    }

    /// The groups of an entity: those it is a member of, and those that these are members of,
    /// however far up. Each once.
    func groups(
        ofEntity id: UUID128
    ) -> (direct: [IdentityGroup], inherited: [IdentityGroup]) {
        let direct = groupIDs(ofEntity: id)
        if direct.isEmpty { return ([], []) }
        var seen = direct
        var waiting = Array(direct)
        var inherited: Set<UUID128> = []
        while let group = waiting.popLast() {
            for parent in parentIDs(ofGroup: group) where seen.insert(parent).inserted {
                inherited.insert(parent)
                waiting.append(parent)
            }
        }
        return (
            direct.inOrder.compactMap { groups[$0] }, inherited.inOrder.compactMap { groups[$0] }
        )
    }

    var hasGuests: Bool { !hostingGroups.isEmpty }

    /// The groups here of somebody from a namespace above: those that list one of the entity's ids
    /// or one of its groups, and those that these are members of.
    func groups(ofGuests entities: [UUID128], in groups: Set<UUID128>) -> [IdentityGroup] {
        var seen: Set<UUID128> = []
        for entity in entities { seen.formUnion(groupIDs(ofEntity: entity)) }
        for group in groups { seen.formUnion(parentIDs(ofGroup: group)) }
        var waiting = Array(seen)
        while let group = waiting.popLast() {
            for parent in parentIDs(ofGroup: group) where seen.insert(parent).inserted {
                waiting.append(parent)
            }
        }
        return seen.inOrder.compactMap { self.groups[$0] }
    }

    // MARK: Changing

    /// Takes over what was written.
    mutating func apply(_ changes: IdentityChanges) {
        // Groups first: whether an external membership counts depends on the group's alias.
        for (id, group) in changes.groups { replace(group: id, with: group) }
        for (id, entity) in changes.entities { replace(entity: id, with: entity) }
        // Then it is known who is from elsewhere.
        for id in changes.groups.keys { noteGuests(of: id) }
    }

    private mutating func noteGuests(of id: UUID128) {
        let isHosting =
            groups[id].map { group in
                group.memberEntityIDs.contains { entities[$0] == nil }
                    || group.memberGroupIDs.contains { groups[$0] == nil }
            } ?? false
        if isHosting { hostingGroups.insert(id) } else { hostingGroups.remove(id) }
    }

    private mutating func replace(entity id: UUID128, with new: Entity?) {
        if let old = entities[id] {
            forget(&entityByName, FoldedName(old.name), id)
            for alias in old.aliases {
                forget(&entityByAlias, alias.id, id)
                forget(&entityByFactors, alias.factors, id)
            }
            for merged in old.mergedIDs { forget(&entityByMergedID, merged, id) }
            for membership in old.externalGroups { removeMember(id, of: membership.group) }
        }
        entities[id] = new
        guard let new else { return }
        entityByName[FoldedName(new.name)] = id
        for alias in new.aliases {
            entityByAlias[alias.id] = id
            entityByFactors[alias.factors] = id
        }
        for merged in new.mergedIDs { entityByMergedID[merged] = id }
        for membership in new.externalGroups
        where groups[membership.group]?.alias?.id == membership.alias {
            groupsOfEntity[id, default: []].insert(membership.group)
            membersOfExternal[membership.group, default: []].insert(id)
        }
    }

    private mutating func removeMember(_ entity: UUID128, of group: UUID128) {
        remove(&groupsOfEntity, group, from: entity)
        remove(&membersOfExternal, entity, from: group)
    }

    private mutating func replace(group id: UUID128, with new: IdentityGroup?) {
        let old = groups[id]
        if let old {
            forget(&groupByName, FoldedName(old.name), id)
            if let alias = old.alias {
                forget(&groupByAlias, alias.id, id)
                forget(&groupByFactors, alias.factors, id)
            }
            for entity in old.memberEntityIDs { remove(&groupsOfEntity, id, from: entity) }
            for member in old.memberGroupIDs { remove(&parentsOfGroup, id, from: member) }
            if old.alias?.id != new?.alias?.id {
                for entity in membersOfExternal[id] ?? [] { removeMember(entity, of: id) }
            }
        }
        groups[id] = new
        guard let new else { return }
        groupByName[FoldedName(new.name)] = id
        if let alias = new.alias {
            groupByAlias[alias.id] = id
            groupByFactors[alias.factors] = id
        }
        for entity in new.memberEntityIDs { groupsOfEntity[entity, default: []].insert(id) }
        for member in new.memberGroupIDs { parentsOfGroup[member, default: []].insert(id) }
    }

    /// Removes an index's entry, unless another entry of the same batch has taken it over.
    private func forget<Key>(_ index: inout [Key: UUID128], _ key: Key, _ id: UUID128) {
        if index[key] == id { index[key] = nil }
    }

    private func remove(
        _ index: inout [UUID128: Set<UUID128>], _ value: UUID128, from key: UUID128
    ) {
        index[key]?.remove(value)
        if index[key]?.isEmpty ?? false { index[key] = nil }
    }
}

/// What one request changes; `nil` removes.
struct IdentityChanges: Sendable {
    var entities: [UUID128: Entity?] = [:]
    var groups: [UUID128: IdentityGroup?] = [:]

    var isEmpty: Bool { entities.isEmpty && groups.isEmpty }
}

extension Sequence<UUID128> {
    /// By number, so that answers do not depend on a hash.
    var inOrder: [UUID128] { sorted { ($0.high, $0.low) < ($1.high, $1.low) } }
}
