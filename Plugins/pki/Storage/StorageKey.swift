// Where the engine's entries lie below the mount's own prefix.
//
// Issuers, keys and settings are two entries that are always written together. The mark is sixteen
// random bytes, new with each change: requests read it, and where the authority in memory has the
// same mark nothing else. The other entry is all of the authority.

enum StorageKey {
    static let mark = "authority/mark"
    static let authority = "authority/all"

    static let rolePrefix = "role/"
    static func role(_ name: String) -> String { rolePrefix + name }

    static let certificatePrefix = "cert/"
    static func certificate(_ serial: String) -> String { certificatePrefix + serial }

    static let revokedPrefix = "revoked/"
    static func revoked(_ serial: String) -> String { revokedPrefix + serial }

    /// What a list is made of, by names alone, so that a page of a hundred thousand is a listing
    /// and no reading; see `RevokedName`.
    static func revokedNames(_ signer: String) -> String { "revoked-by/\(signer)/" }

    /// Sixteen random bytes, new with each revocation of the signer's certificates.
    static func revocations(_ signer: String) -> String { "revocations/\(signer)" }
    static func list(_ signer: String) -> String { "crl/\(signer)" }
    static func delta(_ signer: String) -> String { "delta-crl/\(signer)" }

    static let tidyStatus = "tidy/status"
    static let autoTidy = "tidy/config"
}
