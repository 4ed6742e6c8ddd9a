// `identity/lookup`: the entity or group with a property.

internal import Cryptography
internal import JSON
internal import Paths

enum IdentityLookup {
    private static let fields: [Field] = [
        .string("id", "Id to look for."), .string("name", "Name to look for."),
        .string("alias_id", "Id of an alias."), .string("alias_name", "Name of an alias."),
        .string("alias_mount_accessor", "Accessor of the mount of the alias with that name."),
    ]

    static let paths: [CorePath] = [
        CorePath(
            "lookup/entity", [.update: .immediate(entity)], fields: fields,
            help: "Find an entity."),
        CorePath(
            "lookup/group", [.update: .immediate(group)], fields: fields, help: "Find a group."),
    ]

    private enum Key {
        case id(String)
        case name(String)
        case alias(String)
        case factors(AliasFactors)
    }

    /// The ways from a key to an entity or to a group.
    private struct Index {
        let named: (String) -> UUID128?
        let ofAlias: (UUID128) -> UUID128?
        let byFactors: (AliasFactors) -> UUID128?

        func find(_ key: Key) -> UUID128? {
            switch key {
            case .id(let text): UUID128(text)
            case .name(let name): named(name)
            case .alias(let text): UUID128(text).flatMap(ofAlias)
            case .factors(let factors): byFactors(factors)
            }
        }
    }

    private static func entity(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let key = try key(call.fields)
        let presentation = IdentityPresentation(call)
        return call.state.identity.read { tables in
            let index = Index(
                named: tables.entityID(named:), ofAlias: tables.entityID(ofAlias:),
                byFactors: tables.entityID)
            guard let entity = index.find(key).flatMap({ tables.entities[$0] }) else {
                return nothing
            }
            return presentation.answer(entity, tables)
        }
    }

    private static func group(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let key = try key(call.fields)
        let presentation = IdentityPresentation(call)
        return call.state.identity.read { tables in
            let index = Index(
                named: tables.groupID(named:), ofAlias: tables.groupID(ofAlias:),
                byFactors: tables.groupID)
            guard let group = index.find(key).flatMap({ tables.groups[$0] }) else {
                return nothing
            }
            return presentation.answer(group, tables)
        }
    }

    /// A write that finds nothing has nothing to say: 204, as Vault's.
    private static var nothing: BackendAnswer { BackendAnswer() }

    /// Exactly one way to look.
    private static func key(_ fields: FieldValues) throws(BackendFailure) -> Key {
        let given = ["id", "name", "alias_id", "alias_name", "alias_mount_accessor"].filter {
            fields.isPresent($0)
        }
        func text(_ name: String) -> String { fields.string(name) ?? "" }
        switch given {
        case []: throw IdentityRules.refuse("query parameter not supplied")
        case ["id"]: return .id(text("id"))
        case ["name"]: return .name(text("name"))
        case ["alias_id"]: return .alias(text("alias_id"))
        case ["alias_name", "alias_mount_accessor"]
        where !text("alias_name").isEmpty && !text("alias_mount_accessor").isEmpty:
            return .factors(
                AliasFactors(mountAccessor: text("alias_mount_accessor"), name: text("alias_name")))
        case ["alias_name"], ["alias_mount_accessor"]:
            throw IdentityRules.refuse(
                "both 'alias_name' and 'alias_mount_accessor' needs to be set")
        default:
            throw IdentityRules.refuse(
                "query parameter conflict; please supply distinct set of query parameters")
        }
    }
}
