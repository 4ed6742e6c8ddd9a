// What a login does to identities: the entity is found or made, and its external groups are brought
// up to date.

internal import Barrier
internal import Cryptography

extension IdentityStore {
    /// The id of the entity that logs in, where the login changes nothing of what is stored: the
    /// entity is known, with this metadata, and in these groups already. That is nearly every
    /// login, and it waits for nothing.
    func settledEntity(
        mountAccessor: String, aliasName: String, metadata: [(name: String, value: String)],
        groupNames: [String]
    ) throws(BackendFailure) -> String? {
        guard let entity = aliasLookup(mountAccessor: mountAccessor, name: aliasName) else {
            return nil
        }
        guard !entity.isDisabled else { throw RequestPipeline.permissionDenied }
        let alias = entity.alias(mountAccessor: mountAccessor)
        guard alias?.metadata == StringPairs(metadata) else { return nil }
        if groupNames.isEmpty, entity.externalGroups.isEmpty { return entity.id.text }
        let factors = groupNames.map { AliasFactors(mountAccessor: mountAccessor, name: $0) }
        let isSettled = read { tables in
            entity.memberships(tables, factors, mountAccessor) == entity.externalGroups
        }
        return isSettled ? entity.id.text : nil
    }

    /// The id of the entity that logs in under `aliasName` at a mount; at its first login the
    /// entity and the alias are made. A disabled entity is refused.
    func entityForLogin(
        mountAccessor: String, aliasName: String, metadata: [(name: String, value: String)] = [],
        isLocalMount: Bool = false
    ) async throws(BackendFailure) -> String {
        let metadata = StringPairs(metadata)
        try IdentityRules.check(aliasName: aliasName)
        try IdentityRules.check(metadata, of: "alias")
        if let entity = aliasLookup(mountAccessor: mountAccessor, name: aliasName) {
            guard !entity.isDisabled else { throw RequestPipeline.permissionDenied }
            if entity.alias(mountAccessor: mountAccessor)?.metadata == metadata {
                return entity.id.text
            }
        }
        let factors = AliasFactors(mountAccessor: mountAccessor, name: aliasName)
        return try await change(growth: .reserved) { edit throws(BackendFailure) in
            guard let id = edit.tables.entityID(factors), var entity = edit.entity(id),
                let index = entity.aliases.firstIndex(where: { $0.factors == factors })
            else {
                var entity = edit.newEntity(name: "")
                var alias = IdentityAlias(
                    name: aliasName, mountAccessor: mountAccessor, now: edit.now)
                alias.metadata = metadata
                alias.isLocal = isLocalMount
                entity.aliases = [alias]
                edit.put(entity)
                return entity.id.text
            }
            guard !entity.isDisabled else { throw RequestPipeline.permissionDenied }
            guard entity.aliases[index].metadata != metadata else { return id.text }
            entity.aliases[index].metadata = metadata
            entity.aliases[index].updatedAt = edit.now
            edit.put(entity)
            return id.text
        }
    }

    /// Makes an entity a member of the external groups that have one of these names at the mount,
    /// and of no other external group of that mount. Called at every login and renewal; nothing is
    /// written if nothing changes. Gives back the ids of the groups.
    @discardableResult
    func refreshExternalGroups(
        _ entityID: String, groupNames: [String], mountAccessor: String
    ) async throws(BackendFailure) -> [String] {
        guard let uuid = UUID128(entityID) else { return [] }
        let factors = groupNames.map { AliasFactors(mountAccessor: mountAccessor, name: $0) }
        let (before, after) = read { tables in
            tables.livingEntity(uuid).map {
                ($0.externalGroups, $0.memberships(tables, factors, mountAccessor))
            } ?? ([], [])
        }
        if before != after {
            try await change(growth: .reserved) { edit throws(BackendFailure) in
                guard var entity = edit.tables.livingEntity(uuid) else { return }
                entity.externalGroups = entity.memberships(edit.tables, factors, mountAccessor)
                edit.put(entity)
            }
        }
        return after.map(\.group.text)
    }
}

extension Entity {
    /// The external memberships after a login at a mount: those of other mounts stay.
    fileprivate func memberships(
        _ tables: IdentityTables, _ factors: [AliasFactors], _ mountAccessor: String
    ) -> [ExternalMembership] {
        var result = externalGroups.filter { membership in
            let alias = tables.groups[membership.group]?.alias
            return alias?.id == membership.alias && alias?.mountAccessor != mountAccessor
        }
        for id in Set(factors.compactMap { tables.groupID($0) }).inOrder {
            guard let group = tables.groups[id], group.kind == .external, let alias = group.alias
            else { continue }
            result.append(ExternalMembership(group: id, alias: alias.id))
        }
        return result
    }
}
