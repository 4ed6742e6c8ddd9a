// Limits of the engine, with units in the names. RecordTests asserts how they relate.

enum Limits {
    static let maxKeyNameBytes = 512

    /// Items of one request. JSON in general may have no more elements in an array.
    static let maxBatchItems = 10_000

    /// Versions that a key may have. All of them are one storage entry, which is read when the key
    /// is not in memory; trimming makes room.
    static let maxVersions = 10_000

    /// Keys kept in memory, however many an operator asks for.
    static let maxCachedKeys = 100_000
    static let defaultCachedKeys = 10_000
    /// The least that an operator may ask for.
    static let minConfiguredCache = 10

    /// Encryptions with a version after which the key is rotated, and after which the version is
    /// used no more. The rest of 2^32 is for uses that were not counted.
    static let usesBeforeRotation = 1 << 31
    static let maxUses = 3 << 30
    static let usesBetweenSaves = 1 << 16

    static let minAutoRotateSeconds = 3_600

    static let hmacKeyBytes = 32...512
    /// The HMAC key that every version of every key has.
    static let versionHMACKeyBytes = 32

    static let maxRandomBytes = 128 * 1024

    /// A context is hashed; more than this is no name of anything.
    static let maxContextBytes = 64 * 1024

    static let maxCertificates = 16
    static let maxPEMBytes = 256 * 1024
}
