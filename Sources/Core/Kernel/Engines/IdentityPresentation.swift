// Entities, groups and aliases as the API shows them.

internal import Clock
internal import Cryptography
internal import JSON

/// Makes answers; knows the mounts, whose paths and types stand beside the aliases.
struct IdentityPresentation {
    private let mounts: [String: MountEntry]

    private let namespaceID: JSONValue

    init(_ call: CoreCall) {
        var mounts: [String: MountEntry] = [:]
        for mount in call.state.mounts.all { mounts[mount.entry.accessor] = mount.entry }
        self.mounts = mounts
        namespaceID = .string(call.state.namespace.shownID)
    }

    // MARK: Answers

    func answer(_ entity: Entity, _ tables: IdentityTables) -> BackendAnswer {
        let groups = tables.groups(ofEntity: entity.id)
        let direct = groups.direct.map(\.id.text)
        let inherited = groups.inherited.map(\.id.text)
        return BackendAnswer(
            data: JSONValue.object([
                "aliases": .array(entity.aliases.map { .object(self.object($0, entity.id)) }),
                "creation_time": .string(entity.createdAt.rfc3339),
                "direct_group_ids": .strings(direct),
                "disabled": .bool(entity.isDisabled),
                "group_ids": .strings(direct + inherited),
                "id": .string(entity.id.text),
                "inherited_group_ids": .strings(inherited),
                "last_update_time": .string(entity.updatedAt.rfc3339),
                "merged_entity_ids": Self.ids(entity.mergedIDs),
                "metadata": entity.metadata.json,
                "name": .string(entity.name),
                "namespace_id": namespaceID,
                "policies": .strings(entity.policies),
            ]).encoded())
    }

    func answer(_ group: IdentityGroup, _ tables: IdentityTables) -> BackendAnswer {
        var alias = JSONObject()
        if let shown = group.alias.map({ object($0, group.id) }) {
            alias = shown
            alias.removeValue(forKey: "custom_metadata")
            alias.removeValue(forKey: "local")
        }
        return BackendAnswer(
            data: JSONValue.object([
                "alias": .object(alias),
                "creation_time": .string(group.createdAt.rfc3339),
                "id": .string(group.id.text),
                "last_update_time": .string(group.updatedAt.rfc3339),
                "member_entity_ids": .strings(tables.memberIDs(of: group).map(\.text)),
                "member_group_ids": Self.ids(group.memberGroupIDs),
                "metadata": group.metadata.json,
                "modify_index": .int(group.modifyIndex),
                "name": .string(group.name),
                "namespace_id": namespaceID,
                "parent_group_ids": Self.ids(tables.parentIDs(ofGroup: group.id).inOrder),
                "policies": group.policies.isEmpty ? .null : .strings(group.policies),
                "type": .string(group.kind.rawValue),
            ]).encoded())
    }

    func answer(_ alias: IdentityAlias, of owner: UUID128) -> BackendAnswer {
        var object = object(alias, owner)
        object["namespace_id"] = namespaceID
        return BackendAnswer(data: JSONValue.object(object).encoded())
    }

    /// A list with something about each entry; 404 when there is none, as for every list.
    static func list(
        _ entries: [(key: String, id: String, info: JSONValue)]
    ) -> BackendAnswer {
        guard !entries.isEmpty else { return BackendAnswer() }
        let sorted = entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return BackendAnswer(
            data: JSONValue.object([
                "key_info": .object(JSONObject(sorted.map { ($0.id, $0.info) })),
                "keys": .strings(sorted.map(\.key)),
            ]).encoded())
    }

    /// What a change of an alias answers.
    static func written(alias: UUID128, of owner: UUID128) -> BackendAnswer {
        BackendAnswer(
            data: JSONValue.object([
                "canonical_id": .string(owner.text), "id": .string(alias.text),
            ]).encoded())
    }

    // MARK: Lists

    func info(_ entity: Entity) -> JSONValue {
        var info: JSONObject = ["name": .string(entity.name)]
        if !entity.aliases.isEmpty { info["aliases"] = .array(entity.aliases.map(brief)) }
        return .object(info)
    }

    func info(_ group: IdentityGroup, _ tables: IdentityTables) -> JSONValue {
        var info: JSONObject = [
            "name": .string(group.name),
            "num_member_entities": .int(tables.memberCount(of: group)),
            "num_parent_groups": .int(tables.parentIDs(ofGroup: group.id).count),
        ]
        if let alias = group.alias { info["alias"] = brief(alias) }
        return .object(info)
    }

    func info(_ alias: IdentityAlias, of owner: UUID128, isOfEntity: Bool) -> JSONValue {
        var info: JSONObject = [
            "canonical_id": .string(owner.text), "mount_accessor": .string(alias.mountAccessor),
            "name": .string(alias.name),
        ]
        if isOfEntity {
            info["custom_metadata"] = alias.customMetadata.json
            info["local"] = .bool(alias.isLocal)
        }
        addMount(alias, to: &info)
        return .object(info)
    }

    private func brief(_ alias: IdentityAlias) -> JSONValue {
        var info: JSONObject = [
            "id": .string(alias.id.text), "mount_accessor": .string(alias.mountAccessor),
            "name": .string(alias.name),
        ]
        addMount(alias, to: &info)
        return .object(info)
    }

    // MARK: Parts

    private func object(_ alias: IdentityAlias, _ owner: UUID128) -> JSONObject {
        var object: JSONObject = [
            "canonical_id": .string(owner.text),
            "creation_time": .string(alias.createdAt.rfc3339),
            "custom_metadata": alias.customMetadata.json,
            "id": .string(alias.id.text),
            "last_update_time": .string(alias.updatedAt.rfc3339),
            "local": .bool(alias.isLocal),
            "merged_from_canonical_ids": Self.ids(alias.mergedFrom),
            "metadata": alias.metadata.json,
            "mount_accessor": .string(alias.mountAccessor),
            "name": .string(alias.name),
        ]
        addMount(alias, to: &object)
        return object
    }

    /// The mount may be gone; its accessor is never used again.
    private func addMount(_ alias: IdentityAlias, to object: inout JSONObject) {
        guard let mount = mounts[alias.mountAccessor] else { return }
        object["mount_path"] = .string(mount.route)
        object["mount_type"] = .string(mount.type)
    }

    private static func ids(_ ids: [UUID128]) -> JSONValue {
        ids.isEmpty ? .null : .strings(ids.map(\.text))
    }
}
