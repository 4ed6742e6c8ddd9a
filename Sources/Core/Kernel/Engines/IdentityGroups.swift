// `identity/group`: groups made, changed, read, listed and deleted, by id and by name.

internal import Cryptography
internal import JSON
internal import Paths

enum IdentityGroups {
    private static let idField = Field.string(
        "id", "Id of the group; of an existing one, if given.")
    /// On the path with the name there is no id: a body must not redirect what the path names.
    private static let fields: [Field] = [
        .string("name", "Name of the group; one is made up for a new group without."),
        .string("type", "\"internal\" or \"external\"; cannot be changed."),
        .stringMap("metadata", "Metadata of the group; what was there is replaced."),
        .stringList("policies", "Policies of the group's members."),
        .stringList("member_group_ids", "Groups that are members."),
        .stringList("member_entity_ids", "Entities that are members."),
    ]

    static let paths: [CorePath] = [
        CorePath(
            "group", [.update: .suspending(write), .create: .suspending(write)],
            fields: [idField] + fields,
            help: "Create or update a group."),
        CorePath("group/id/?", [.list: .immediate(listByID)], help: "List groups by id."),
        CorePath("group/name/?", [.list: .immediate(listByName)], help: "List groups by name."),
        CorePath(
            "group/id/:id",
            [
                .read: .immediate(readByID), .update: .suspending(write),
                .create: .suspending(write), .delete: .suspending(deleteByID),
            ],
            fields: [idField] + fields, help: "Read, update or delete the group with an id."),
        CorePath(
            "group/name/:name*",
            [
                .read: .immediate(readByName), .update: .suspending(write),
                .create: .suspending(write), .delete: .suspending(deleteByName),
            ],
            fields: fields, help: "Read, write or delete the group with a name."),
    ]

    // MARK: Reading

    private static func readByID(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let presentation = IdentityPresentation(call)
        return call.state.identity.read { tables in
            guard let group = UUID128(call.name("id")).flatMap({ tables.groups[$0] }) else {
                return BackendAnswer()
            }
            return presentation.answer(group, tables)
        }
    }

    private static func readByName(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let presentation = IdentityPresentation(call)
        return call.state.identity.read { tables in
            guard
                let group = tables.groupID(named: call.name("name")).flatMap({ tables.groups[$0] })
            else { return BackendAnswer() }
            return presentation.answer(group, tables)
        }
    }

    private static func listByID(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        list(call) { $0.id.text }
    }

    private static func listByName(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        list(call) { $0.name }
    }

    private static func list(_ call: CoreCall, key: (IdentityGroup) -> String) -> BackendAnswer {
        let presentation = IdentityPresentation(call)
        return IdentityPresentation.list(
            call.state.identity.read { tables in
                tables.groups.values.map { (key($0), $0.id.text, presentation.info($0, tables)) }
            })
    }

    // MARK: Writing

    /// As for entities: a new group is answered with its id, a changed one with nothing.
    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let id = call.fields.string("id") ?? ""
        let name = call.fields.string("name") ?? ""
        try IdentityRules.check(name: name, of: "group")
        let change = try GroupFields(call.fields)
        let above = call.server.directory.identities(above: call.state.namespace)
        return try await call.state.identity.change { edit throws(BackendFailure) in
            var existing: IdentityGroup?
            let named = name.isEmpty ? nil : edit.group(named: name)
            if id.isEmpty {
                existing = named
            } else {
                existing = edit.group(text: id)
                guard existing != nil else { throw IdentityRules.refuse("invalid group ID") }
                guard named == nil || named?.id == existing?.id else {
                    throw IdentityRules.refuse("group name is already in use")
                }
            }
            if let existing, let kind = change.kind, kind != existing.kind {
                throw IdentityRules.refuse("group type cannot be changed")
            }
            var group = existing ?? edit.newGroup(name: name, kind: change.kind ?? .internal)
            if !name.isEmpty { group.name = name }
            try change.apply(to: &group, edit, above)
            edit.put(group)
            if existing != nil { return BackendAnswer() }
            return BackendAnswer(
                data: JSONValue.object([
                    "id": .string(group.id.text), "name": .string(group.name),
                ]).encoded())
        }
    }

    private static func deleteByID(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let id = call.name("id")
        return try await delete(call) { edit in edit.group(text: id)?.id }
    }

    private static func deleteByName(
        _ call: CoreCall
    ) async throws(BackendFailure) -> BackendAnswer {
        let name = call.name("name")
        return try await delete(call) { edit in edit.group(named: name)?.id }
    }

    private static func delete(
        _ call: CoreCall, _ find: @escaping @Sendable (IdentityEdit) -> UUID128?
    ) async throws(BackendFailure) -> BackendAnswer {
        try await call.state.identity.change { edit throws(BackendFailure) in
            if let id = find(edit) { edit.remove(group: id) }
            return BackendAnswer()
        }
    }
}

/// The fields of a group that a request gives; the others stay as they are.
private struct GroupFields: Sendable {
    let kind: IdentityGroup.Kind?
    private let metadata: StringPairs?
    private let policies: [String]?
    private let memberEntityIDs: [String]?
    private let memberGroupIDs: [String]?

    init(_ fields: FieldValues) throws(BackendFailure) {
        var kind: IdentityGroup.Kind?
        if let type = fields.string("type"), !type.isEmpty {
            kind = IdentityGroup.Kind(rawValue: type)
            guard kind != nil else {
                throw IdentityRules.refuse("invalid group type \(type.quotedForMessage)")
            }
        }
        self.kind = kind
        metadata = fields.stringMap("metadata").map { StringPairs($0.map { ($0.key, $0.value) }) }
        if let metadata { try IdentityRules.check(metadata, of: "group") }
        var policies: [String]?
        if let names = fields.stringList("policies") {
            policies = try IdentityRules.policies(names)
        }
        self.policies = policies
        memberEntityIDs = fields.stringList("member_entity_ids")
        memberGroupIDs = fields.stringList("member_group_ids")
    }

    /// - Parameter above: of the namespaces above; their entities and groups can be members too.
    func apply(
        to group: inout IdentityGroup, _ edit: IdentityEdit, _ above: [IdentityStore]
    ) throws(BackendFailure) {
        let known = group
        if let metadata { group.metadata = metadata }
        if let policies { group.policies = policies }
        if let memberEntityIDs {
            guard group.kind == .internal else {
                throw IdentityRules.refuse(
                    "member entities can't be set manually for external groups")
            }
            group.memberEntityIDs = try Self.unique(memberEntityIDs, "entity ID") {
                id in
                edit.entity(id) != nil || known.memberEntityIDs.contains(id)
                    || above.contains { $0.read { $0.livingEntity(id) != nil } }
            }
        }
        if let memberGroupIDs {
            guard group.kind == .internal else {
                throw IdentityRules.refuse("member groups can't be set for external groups")
            }
            group.memberGroupIDs = try Self.unique(memberGroupIDs, "member group ID") {
                id in
                edit.group(id) != nil || known.memberGroupIDs.contains(id)
                    || above.contains { $0.read { $0.groups[id] != nil } }
            }
            try refuseCycles(group, edit)
        }
    }

    private static func unique(
        _ texts: [String], _ what: String, _ isKnown: (UUID128) -> Bool
    ) throws(BackendFailure) -> [UUID128] {
        var seen: Set<UUID128> = []
        var ids: [UUID128] = []
        for text in texts where !text.isEmpty {
            guard let id = UUID128(text), isKnown(id) else {
                throw IdentityRules.refuse("invalid \(what) \(text.quotedForMessage)")
            }
            if seen.insert(id).inserted { ids.append(id) }
        }
        return ids
    }

    /// No group may be a member of itself, whatever way round.
    private func refuseCycles(
        _ group: IdentityGroup, _ edit: IdentityEdit
    ) throws(BackendFailure) {
        var seen: Set<UUID128> = []
        for member in group.memberGroupIDs {
            if member == group.id {
                throw IdentityRules.refuse(
                    "member group ID \(member.text.quotedForMessage) is same as the ID of the group"
                )
            }
            var waiting = [member]
            while let next = waiting.popLast() {
                guard next != group.id else {
                    throw IdentityRules.refuse(
                        "cyclic relationship detected for member group ID "
                            + member.text.quotedForMessage
                    )
                }
                if seen.insert(next).inserted {
                    waiting += edit.group(next)?.memberGroupIDs ?? []
                }
            }
        }
    }
}
