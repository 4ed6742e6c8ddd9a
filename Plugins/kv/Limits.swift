// Limits of the engine, with units in the names. KVLimitsTests asserts how they relate.

enum Limits {
    /// The data of one version. Twice this (the new version, and the old one that moves to an entry
    /// of its own) and the metadata go into one atomic batch, which must fit into one frame.
    static let maxSecretBytes = 8 * 1024 * 1024

    /// A secret's path. Storage allows keys of 4 KiB, and the longest key made of a path has a
    /// prefix and a version number around it.
    static let maxPathBytes = 4096 - 64

    /// Versions kept when neither the mount nor the secret says anything.
    static let defaultKeptVersions: UInt64 = 10

    /// What `max_versions` may be. A secret's metadata name every kept version and are read with
    /// each request, so "keep everything" is not offered.
    static let maxKeptVersions = 10_000

    /// Versions that one delete, undelete or destroy may name.
    static let maxVersionsInRequest = maxKeptVersions

    static let maxCustomMetadataKeys = 64
    static let maxCustomMetadataKeyBytes = 128
    static let maxCustomMetadataValueBytes = 512

    /// Secrets and bytes that the upgrade from version 1 moves in one atomic batch, and names it
    /// looks at in one page.
    static let upgradeBatchSecrets = 64
    static let upgradeBatchBytes = 4 * 1024 * 1024
    static let upgradePageNames = 1_000
}
