// Limits of the engine, with units in the names. LimitTests asserts how they relate.

enum Limits {
    static let maxNameBytes = 512

    /// Issuers and keys of a mount: they are one storage entry, and all in memory.
    static let maxIssuers = 512
    static let maxKeys = 512
    static let maxChainCertificates = 16

    static let maxPEMBytes = 1 << 20
    static let maxPEMBlocks = 256
    static let maxRequestBytes = 256 * 1024

    /// Alternative names of one certificate.
    static let maxAlternativeNames = 1_000
    static let maxAlternativeNameBytes = 2_048
    /// Of a name that is to be written in ASCII: more than any that fits in 253 of its bytes.
    static let maxInternationalNameBytes = 1_024
    static let maxURLs = 64

    /// Octets of a serial number (RFC 5280, 4.1.2.2); the highest bit is never set.
    static let maxSerialBytes = 20

    static let rsaBits = [2048, 3072, 4096, 8192]
    static let curveBits = [224, 256, 384, 521]

    /// Where neither the mount nor the server says how long.
    static let defaultTTLSeconds = 768 * 3_600

    /// How long before now certificates begin to be valid, for clocks that are behind.
    static let notBeforeSeconds = 30

    static let maxCachedRoles = 4_096

    /// After this somebody else may make a list that was begun.
    static let listPatienceSeconds: Int64 = 60
    /// Entries of revoked certificates in one storage page.
    static let listPageNames = 5_000
    /// Certificates that one answer of a detailed LIST describes.
    static let maxDetailedNames = 5_000

    /// Certificates that a tidy looks at between two writes.
    static let tidyPageCertificates = 1_000
    static let minTidyPageCertificates = 5
    /// What a tidy takes of a wake-up, which may be run again after conflicts and has a deadline.
    static let tidySliceNanoseconds: UInt64 = 4_000_000_000

    /// Entries of one revocation list.
    static let maxRevokedEntries = 2_000_000
    /// Certificates in one question about their status.
    static let maxStatusQuestions = 16
    static let maxStatusRequestBytes = 16 * 1024
    static let maxCachedStatuses = 4_096
    static let statusCacheSeconds = 60
    static let minResponderSeconds = 3_600
}
