// `identity/entity`: entities made, changed, read, listed and deleted, by id and by name.

internal import Cryptography
internal import JSON
internal import Paths

enum IdentityEntities {
    private static let idField = Field.string(
        "id", "Id of the entity; of an existing one, if given.")
    /// On the path with the name there is no id: a body must not redirect what the path names.
    private static let fields: [Field] = [
        .string("name", "Name of the entity; one is made up for a new entity without."),
        .stringMap("metadata", "Metadata of the entity; what was there is replaced."),
        .stringList("policies", "Policies of the entity."),
        .boolean("disabled", "Whether the entity's tokens open nothing."),
    ]

    static let paths: [CorePath] = [
        CorePath(
            "entity", [.update: .suspending(write), .create: .suspending(write)],
            fields: [idField] + fields,
            help: "Create or update an entity."),
        CorePath("entity/id/?", [.list: .immediate(listByID)], help: "List entities by id."),
        CorePath("entity/name/?", [.list: .immediate(listByName)], help: "List entities by name."),
        CorePath(
            "entity/id/:id",
            [
                .read: .immediate(readByID), .update: .suspending(write),
                .create: .suspending(write), .delete: .suspending(deleteByID),
            ],
            fields: [idField] + fields, help: "Read, update or delete the entity with an id."),
        CorePath(
            "entity/name/:name*",
            [
                .read: .immediate(readByName), .update: .suspending(write),
                .create: .suspending(write), .delete: .suspending(deleteByName),
            ],
            fields: fields, help: "Read, write or delete the entity with a name."),
        CorePath(
            "entity/batch-delete", [.update: .suspending(batchDelete)],
            fields: [.stringList("entity_ids", "Ids of the entities to delete.")],
            help: "Delete entities."),
    ]

    // MARK: Reading

    private static func readByID(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let presentation = IdentityPresentation(call)
        return call.state.identity.read { tables in
            guard let entity = UUID128(call.name("id")).flatMap({ tables.entities[$0] }) else {
                return BackendAnswer()
            }
            return presentation.answer(entity, tables)
        }
    }

    private static func readByName(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let presentation = IdentityPresentation(call)
        return call.state.identity.read { tables in
            guard let id = tables.entityID(named: call.name("name")),
                let entity = tables.entities[id]
            else { return BackendAnswer() }
            return presentation.answer(entity, tables)
        }
    }

    private static func listByID(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        list(call) { $0.id.text }
    }

    private static func listByName(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        list(call) { $0.name }
    }

    private static func list(_ call: CoreCall, key: (Entity) -> String) -> BackendAnswer {
        let presentation = IdentityPresentation(call)
        let entities = call.state.identity.read { $0.entities }
        return IdentityPresentation.list(
            entities.values.map { (key($0), $0.id.text, presentation.info($0)) })
    }

    // MARK: Writing

    /// An answer with the id says that the entity is new; a change of one that was there has no
    /// answer.
    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let id = call.fields.string("id") ?? ""
        let name = call.fields.string("name") ?? ""
        try IdentityRules.check(name: name, of: "entity")
        let change = try EntityFields(call.fields)
        return try await call.state.identity.change { edit throws(BackendFailure) in
            var existing: Entity?
            if !id.isEmpty {
                existing = edit.entity(text: id)
                guard existing != nil else {
                    throw IdentityRules.refuse("entity not found from id")
                }
            }
            if !name.isEmpty, let named = edit.entity(named: name) {
                guard existing == nil || existing?.id == named.id else {
                    throw IdentityRules.refuse("entity name is already in use")
                }
                existing = named
            }
            var entity = existing ?? edit.newEntity(name: name)
            if !name.isEmpty { entity.name = name }
            change.apply(to: &entity)
            edit.put(entity)
            if existing != nil { return BackendAnswer() }
            return BackendAnswer(
                data: JSONValue.object([
                    "aliases": .null, "id": .string(entity.id.text), "name": .string(entity.name),
                ]).encoded())
        }
    }

    private static func deleteByID(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let id = call.name("id")
        return try await delete(call) { edit in edit.entity(text: id).map { [$0.id] } ?? [] }
    }

    private static func deleteByName(
        _ call: CoreCall
    ) async throws(BackendFailure) -> BackendAnswer {
        let name = call.name("name")
        return try await delete(call) { edit in edit.entity(named: name).map { [$0.id] } ?? [] }
    }

    private static func batchDelete(
        _ call: CoreCall
    ) async throws(BackendFailure) -> BackendAnswer {
        let ids = call.fields.stringList("entity_ids") ?? []
        guard !ids.isEmpty else { throw IdentityRules.refuse("missing entity ids to delete") }
        return try await delete(call) { edit in
            Set(ids.compactMap { edit.entity(text: $0)?.id })
        }
    }

    /// Deletes entities with their aliases; those that are not there are not missed.
    private static func delete(
        _ call: CoreCall, _ find: @escaping @Sendable (IdentityEdit) -> Set<UUID128>
    ) async throws(BackendFailure) -> BackendAnswer {
        try await call.state.identity.change { edit throws(BackendFailure) in
            edit.remove(entities: find(edit))
            return BackendAnswer()
        }
    }
}

/// The fields of an entity that a request gives; the others stay as they are.
private struct EntityFields: Sendable {
    let metadata: StringPairs?
    let policies: [String]?
    let isDisabled: Bool?

    init(_ fields: FieldValues) throws(BackendFailure) {
        metadata = fields.stringMap("metadata").map { StringPairs($0.map { ($0.key, $0.value) }) }
        if let metadata { try IdentityRules.check(metadata, of: "entity") }
        var policies: [String]?
        if let names = fields.stringList("policies") {
            policies = try IdentityRules.policies(names)
        }
        self.policies = policies
        isDisabled = fields.boolean("disabled")
    }

    func apply(to entity: inout Entity) {
        if let metadata { entity.metadata = metadata }
        if let policies { entity.policies = policies }
        if let isDisabled { entity.isDisabled = isDisabled }
    }
}
