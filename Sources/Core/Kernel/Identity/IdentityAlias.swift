// The name of an entity or a group at one auth method.

internal import Clock
internal import Cryptography

struct IdentityAlias: Sendable, Equatable {
    let id: UUID128
    var name: String
    var mountAccessor: String
    /// What the auth method said at the last login.
    var metadata = StringPairs.none
    /// What operators said.
    var customMetadata = StringPairs.none
    /// Entities that it belonged to before they were merged.
    var mergedFrom: [UUID128] = []
    var isLocal = false
    var createdAt: Timestamp
    var updatedAt: Timestamp

    init(id: UUID128 = UUID128(), name: String, mountAccessor: String, now: Timestamp) {
        self.id = id
        self.name = name
        self.mountAccessor = mountAccessor
        createdAt = now
        updatedAt = now
    }

    var factors: AliasFactors { AliasFactors(mountAccessor: mountAccessor, name: name) }
}
