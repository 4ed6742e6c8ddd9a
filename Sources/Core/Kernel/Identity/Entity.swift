// Somebody who uses the server, whatever way they log in.

internal import Clock
internal import Cryptography

/// A person or machine with the names it has at auth methods.
struct Entity: Sendable, Equatable {
    let id: UUID128
    var name: String
    var metadata = StringPairs.none
    var policies: [String] = []
    /// The tokens of a disabled entity open nothing, and it cannot log in.
    var isDisabled = false
    var aliases: [IdentityAlias] = []
    /// Entities that were merged into this one; their tokens are this one's.
    var mergedIDs: [UUID128] = []
    /// Groups that an auth method vouched for at the last login. They are kept here and not in the
    /// group, so that a login writes one small entry, however many members the group has.
    var externalGroups: [ExternalMembership] = []
    var createdAt: Timestamp
    var updatedAt: Timestamp

    init(id: UUID128 = UUID128(), name: String, now: Timestamp) {
        self.id = id
        self.name = name
        createdAt = now
        updatedAt = now
    }

    func alias(mountAccessor: String) -> IdentityAlias? {
        aliases.first { $0.mountAccessor == mountAccessor }
    }
}

/// Membership in an external group, good as long as the group has this alias.
struct ExternalMembership: Sendable, Hashable {
    let group: UUID128
    let alias: UUID128
}
