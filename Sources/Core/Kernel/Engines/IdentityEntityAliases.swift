// `identity/entity-alias`: the names of entities at auth methods.

internal import Cryptography
internal import JSON
internal import Paths

enum IdentityEntityAliases {
    private static let fields: [Field] = [
        .string("id", "Id of the alias; of an existing one, if given."),
        .string("name", "Name of the client at the auth method."),
        .string("mount_accessor", "Accessor of the auth method's mount."),
        .string("canonical_id", "Id of the entity that the alias belongs to."),
        .string("entity_id", "Old name of canonical_id."),
        .stringMap("custom_metadata", "What operators want to say about the alias."),
    ]

    static let paths = NamedThings(list: list, read: read, write: write, delete: delete)
        .aliasPaths("entity-alias", of: "an entity", fields: fields)

    // MARK: Reading

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let presentation = IdentityPresentation(call)
        return call.state.identity.read { tables in
            guard let id = UUID128(call.name("id")),
                let entity = tables.entityID(ofAlias: id).flatMap({ tables.entities[$0] }),
                let alias = entity.aliases.first(where: { $0.id == id })
            else { return BackendAnswer() }
            return presentation.answer(alias, of: entity.id)
        }
    }

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let presentation = IdentityPresentation(call)
        let entities = call.state.identity.read { $0.entities }
        return IdentityPresentation.list(
            entities.values.flatMap { entity in
                entity.aliases.map {
                    let info = presentation.info($0, of: entity.id, isOfEntity: true)
                    return ($0.id.text, $0.id.text, info)
                }
            })
    }

    // MARK: Writing

    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let wish = try AliasWish(call)
        return try await call.state.identity.change { edit throws(BackendFailure) in
            if wish.id.isEmpty {
                guard !wish.name.isEmpty, !wish.mountAccessor.isEmpty else {
                    throw IdentityRules.refuse(
                        "'id' or 'mount_accessor' and 'name' must be provided")
                }
                let factors = AliasFactors(mountAccessor: wish.mountAccessor, name: wish.name)
                guard let owner = edit.tables.entityID(factors).flatMap({ edit.entity($0) }),
                    let alias = owner.aliases.first(where: { $0.factors == factors })
                else { return try create(wish, &edit) }
                return try update(alias, of: owner, wish, &edit)
            }
            guard let id = UUID128(wish.id),
                let owner = edit.tables.entityID(ofAlias: id).flatMap({ edit.entity($0) }),
                let alias = owner.aliases.first(where: { $0.id == id })
            else { throw IdentityRules.refuse("invalid alias ID provided") }
            return try update(alias, of: owner, wish, &edit)
        }
    }

    private static func create(
        _ wish: AliasWish, _ edit: inout IdentityEdit
    ) throws(BackendFailure) -> BackendAnswer {
        var entity: Entity
        if wish.canonicalID.isEmpty {
            entity = edit.newEntity(name: "")
        } else {
            guard let existing = edit.entity(text: wish.canonicalID) else {
                throw IdentityRules.refuse("invalid canonical ID")
            }
            entity = existing
        }
        guard entity.alias(mountAccessor: wish.mountAccessor) == nil else {
            throw IdentityRules.refuse(
                "Alias already exists for requested entity and mount accessor")
        }
        guard entity.aliases.count < KernelLimits.aliasesPerEntity else {
            throw IdentityRules.refuse("too many aliases on one entity")
        }
        var alias = IdentityAlias(
            name: wish.name, mountAccessor: wish.mountAccessor, now: edit.now)
        alias.customMetadata = wish.customMetadata ?? .none
        alias.isLocal = wish.isLocalMount
        entity.aliases.append(alias)
        edit.put(entity)
        return IdentityPresentation.written(alias: alias.id, of: entity.id)
    }

    /// Renames an alias, moves it to another entity, or both.
    private static func update(
        _ old: IdentityAlias, of owner: Entity, _ wish: AliasWish, _ edit: inout IdentityEdit
    ) throws(BackendFailure) -> BackendAnswer {
        var alias = old
        if !wish.name.isEmpty { alias.name = wish.name }
        if !wish.mountAccessor.isEmpty { alias.mountAccessor = wish.mountAccessor }
        if let metadata = wish.customMetadata { alias.customMetadata = metadata }
        var target = owner
        if !wish.canonicalID.isEmpty && wish.canonicalID != owner.id.text {
            guard let other = edit.entity(text: wish.canonicalID) else {
                throw IdentityRules.refuse(
                    "given 'canonical_id' is not associated with an entity")
            }
            target = other
        }
        if alias == old && target.id == owner.id { return BackendAnswer() }
        if alias.factors != old.factors, edit.tables.entityID(alias.factors) != nil {
            throw IdentityRules.refuse(
                "alias with combination of mount accessor and name already exists")
        }
        if let other = target.alias(mountAccessor: alias.mountAccessor), other.id != alias.id {
            throw IdentityRules.refuse(
                "Alias cannot be updated as the given entity already has an alias for this mount")
        }
        if target.id != owner.id {
            guard !alias.isLocal else {
                throw IdentityRules.refuse("local aliases can't be moved between entities")
            }
            guard target.aliases.count < KernelLimits.aliasesPerEntity else {
                throw IdentityRules.refuse("too many aliases on one entity")
            }
            var former = owner
            former.aliases.removeAll { $0.id == alias.id }
            edit.put(former)
        }
        alias.updatedAt = edit.now
        target.aliases.removeAll { $0.id == alias.id }
        target.aliases.append(alias)
        edit.put(target)
        return IdentityPresentation.written(alias: alias.id, of: target.id)
    }

    private static func delete(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let text = call.name("id")
        return try await call.state.identity.change { edit throws(BackendFailure) in
            guard let id = UUID128(text),
                var entity = edit.tables.entityID(ofAlias: id).flatMap({ edit.entity($0) })
            else { return BackendAnswer() }
            entity.aliases.removeAll { $0.id == id }
            edit.put(entity)
            return BackendAnswer()
        }
    }
}

/// What a request says about an alias; empty is "as it was".
private struct AliasWish: Sendable {
    let id: String
    let name: String
    let mountAccessor: String
    let isLocalMount: Bool
    let canonicalID: String
    let customMetadata: StringPairs?

    init(_ call: CoreCall) throws(BackendFailure) {
        let fields = call.fields
        id = fields.string("id") ?? ""
        name = fields.string("name") ?? ""
        if !name.isEmpty { try IdentityRules.check(aliasName: name) }
        mountAccessor = fields.string("mount_accessor") ?? ""
        isLocalMount =
            mountAccessor.isEmpty
            ? false : try IdentityMounts.entry(mountAccessor, call.state).isLocal
        let canonical = fields.string("canonical_id") ?? ""
        canonicalID = canonical.isEmpty ? fields.string("entity_id") ?? "" : canonical
        customMetadata = fields.stringMap("custom_metadata").map {
            StringPairs($0.map { ($0.key, $0.value) })
        }
        if let customMetadata { try IdentityRules.check(customMetadata, of: "custom") }
    }
}
