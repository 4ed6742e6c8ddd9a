// `identity/group-alias`: what an external group is called at an auth method.

internal import Cryptography
internal import JSON
internal import Paths

enum IdentityGroupAliases {
    private static let fields: [Field] = [
        .string("id", "Id of the alias; of an existing one, if given."),
        .string("name", "Name of the group at the auth method."),
        .string("mount_accessor", "Accessor of the auth method's mount."),
        .string("canonical_id", "Id of the external group that the alias belongs to."),
    ]

    static let paths = NamedThings(list: list, read: read, write: write, delete: delete)
        .aliasPaths("group-alias", of: "a group", fields: fields)

    // MARK: Reading

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let presentation = IdentityPresentation(call)
        return call.state.identity.read { tables in
            guard let id = UUID128(call.name("id")),
                let group = tables.groupID(ofAlias: id).flatMap({ tables.groups[$0] }),
                let alias = group.alias
            else { return BackendAnswer() }
            return presentation.answer(alias, of: group.id)
        }
    }

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let presentation = IdentityPresentation(call)
        let groups = call.state.identity.read { $0.groups }
        return IdentityPresentation.list(
            groups.values.compactMap { group in
                group.alias.map {
                    let info = presentation.info($0, of: group.id, isOfEntity: false)
                    return ($0.id.text, $0.id.text, info)
                }
            })
    }

    // MARK: Writing

    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let id = call.fields.string("id") ?? ""
        let name = call.fields.string("name") ?? ""
        let accessor = call.fields.string("mount_accessor") ?? ""
        let canonicalID = call.fields.string("canonical_id") ?? ""
        guard !name.isEmpty else { throw IdentityRules.refuse("missing alias name") }
        try IdentityRules.check(aliasName: name)
        guard !accessor.isEmpty else { throw IdentityRules.refuse("missing mount_accessor") }
        let mount = try IdentityMounts.entry(accessor, call.state)
        guard !mount.isLocal else {
            throw IdentityRules.refuse(
                "mount accessor \(accessor.quotedForMessage) is a local mount")
        }
        return try await call.state.identity.change { edit throws(BackendFailure) in
            var former: IdentityGroup?
            if !id.isEmpty {
                former = UUID128(id).flatMap { edit.tables.groupID(ofAlias: $0) }.flatMap {
                    edit.group($0)
                }
                guard former != nil else { throw IdentityRules.refuse("invalid group alias ID") }
            }
            var target = try target(canonicalID, former, edit)
            var alias =
                former?.alias
                ?? IdentityAlias(name: name, mountAccessor: mount.accessor, now: edit.now)
            let isSame =
                former?.id == target.id && alias.mountAccessor.utf8.elementsEqual(accessor.utf8)
                && alias.name.utf8.elementsEqual(name.utf8)
            if isSame { return BackendAnswer() }
            alias.name = name
            alias.mountAccessor = mount.accessor
            alias.updatedAt = edit.now
            if let holder = edit.tables.groupID(alias.factors), holder != former?.id {
                throw IdentityRules.refuse(
                    "combination of mount and group alias name is already in use")
            }
            if var former, former.id != target.id {
                former.alias = nil
                edit.put(former)
            }
            target.alias = alias
            edit.put(target)
            return IdentityPresentation.written(alias: alias.id, of: target.id)
        }
    }

    /// The group that the alias is to belong to: the one that is named, else the one it belongs to,
    /// else a new one.
    private static func target(
        _ canonicalID: String, _ former: IdentityGroup?, _ edit: IdentityEdit
    ) throws(BackendFailure) -> IdentityGroup {
        guard !canonicalID.isEmpty else {
            return former ?? edit.newGroup(name: "", kind: .external)
        }
        guard let group = edit.group(text: canonicalID) else {
            throw IdentityRules.refuse("invalid group ID given in 'canonical_id'")
        }
        guard group.kind == .external else {
            throw IdentityRules.refuse("alias can't be set on an internal group")
        }
        return group
    }

    private static func delete(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let text = call.name("id")
        return try await call.state.identity.change { edit throws(BackendFailure) in
            guard let id = UUID128(text),
                var group = edit.tables.groupID(ofAlias: id).flatMap({ edit.group($0) })
            else { return BackendAnswer() }
            // With the alias goes what made entities members.
            group.alias = nil
            edit.put(group)
            return BackendAnswer()
        }
    }
}
