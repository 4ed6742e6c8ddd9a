// Limits of the method, with units in the names.

enum Limits {
    static let maxRoleNameBytes = 512
    /// A role's id and a secret id of somebody's own choice.
    static let maxIDBytes = 4_096

    static let mountKeyBytes = 32
    static let roleKeyBytes = 16

    static let cachedRoles = 10_000
    static let cachedSecretIDs = 50_000

    /// What the core puts on a token, less one for the role's name.
    static let maxMetadataEntries = 63
    static let maxMetadataBytes = 1_024

    static let maxCIDRBlocks = 256

    /// Secret ids that are looked at together when expired ones are removed. A page with something
    /// to remove is conditional on all of it, so it is small.
    static let sweepPageNames = 100

    /// How long after its end an expired secret id is removed.
    static let sweepDelaySeconds: UInt64 = 3_600
}
