// From the identity store to what a token can say.

internal import Cryptography
internal import JSON

extension OIDCSubject {
    /// Nil if there is no such entity. An entity that was merged is the one it was merged into.
    init?(_ entityID: String, _ identity: IdentityStore) {
        guard let rights = identity.rights(ofEntity: entityID) else { return nil }
        let entity = rights.entity
        self.init(
            entityID: entity.id.text, name: entity.name, metadata: JSONObject(entity.metadata),
            aliases: entity.aliases.map(Alias.init),
            groups: rights.groups.map { Group(id: $0.id.text, name: $0.name) })
    }
}

extension OIDCSubject.Alias {
    fileprivate init(_ alias: IdentityAlias) {
        self.init(
            mountAccessor: alias.mountAccessor, id: alias.id.text, name: alias.name,
            metadata: JSONObject(alias.metadata), customMetadata: JSONObject(alias.customMetadata))
    }
}

extension JSONObject {
    fileprivate init(_ pairs: StringPairs) {
        self.init(pairs.pairs.map { ($0.name, .string($0.value)) })
    }
}
