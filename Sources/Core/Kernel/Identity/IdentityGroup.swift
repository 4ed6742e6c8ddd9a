// Entities and groups that share policies.

internal import Clock
internal import Cryptography

struct IdentityGroup: Sendable, Equatable {
    enum Kind: String, Sendable {
        /// Its members are listed.
        case `internal`
        /// Its members are those that an auth method names at their login.
        case external
    }

    let id: UUID128
    var name: String
    let kind: Kind
    var metadata = StringPairs.none
    var policies: [String] = []
    /// Of an internal group; the members of an external one are in the entities.
    var memberEntityIDs: [UUID128] = []
    var memberGroupIDs: [UUID128] = []
    /// Of an external group.
    var alias: IdentityAlias?
    /// Counts the changes.
    var modifyIndex: UInt64 = 0
    var createdAt: Timestamp
    var updatedAt: Timestamp

    init(id: UUID128 = UUID128(), name: String, kind: Kind, now: Timestamp) {
        self.id = id
        self.name = name
        self.kind = kind
        createdAt = now
        updatedAt = now
    }
}
