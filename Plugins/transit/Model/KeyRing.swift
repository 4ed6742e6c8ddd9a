// A named key: its settings and its versions. What may be done with it is decided here.

import Clock
import Cryptography
import PluginSDK

struct KeyRing: Sendable {
    let type: KeyType
    var isDerived = false
    var isConvergent = false
    var isExportable = false
    var allowsPlaintextBackup = false
    var allowsDeletion = false
    var isImported = false
    /// Of an imported key: whether versions may be made here.
    var allowsImportedRotation = false
    var isSoftDeleted = false
    /// 0 is never.
    var autoRotateSeconds: Int64 = 0
    var minDecryptionVersion = 1
    /// 0 is the latest.
    var minEncryptionVersion = 0
    /// The first version that was not trimmed; 0 if nothing ever was.
    var minAvailableVersion = 0
    /// Without a gap; the first one is `firstVersion`.
    private(set) var versions: [KeyVersion]

    init(type: KeyType, versions: [KeyVersion]) {
        self.type = type
        self.versions = versions
    }

    var firstVersion: Int { max(minAvailableVersion, 1) }
    var latestVersion: Int { firstVersion + versions.count - 1 }

    func version(_ number: Int) -> KeyVersion? {
        guard number >= firstVersion, number <= latestVersion else { return nil }
        return versions[number - firstVersion]
    }

    var numberedVersions: some Sequence<(number: Int, version: KeyVersion)> {
        zip(firstVersion..., versions).lazy.map { (number: $0, version: $1) }
    }

    // MARK: Which version

    /// The version to encrypt, sign or authenticate with; `asked` is 0 for the latest.
    func versionToUse(_ asked: Int, for purpose: String) throws(PluginError) -> Int {
        if asked < 0 {
            throw PluginError(
                .invalidRequest, "requested version for \(purpose) is negative")
        }
        if asked > latestVersion {
            throw PluginError(
                .invalidRequest,
                "requested version for \(purpose) is higher than the latest key version")
        }
        if asked == 0 { return latestVersion }
        if asked < minEncryptionVersion || asked < firstVersion {
            throw PluginError(
                .invalidRequest,
                "requested version for \(purpose) is less than the minimum encryption key version")
        }
        return asked
    }

    /// Whether what was made with the version may still be opened or checked.
    func requireReadable(_ number: Int, noun: String) throws(PluginError) {
        if number > latestVersion {
            throw PluginError(.invalidRequest, "invalid \(noun): version is too new")
        }
        if number < minDecryptionVersion || number < firstVersion {
            throw PluginError(
                .invalidRequest,
                "ciphertext or signature version is disallowed by policy (too old)")
        }
    }

    func requireUsable() throws(PluginError) {
        if isSoftDeleted {
            throw PluginError(
                .invalidRequest, "the key is soft-deleted; restore it before it is used again")
        }
    }

    // MARK: Changes

    func isRotationDue(_ now: Timestamp) -> Bool {
        guard autoRotateSeconds > 0, canRotate, let latest = versions.last else {
            return false
        }
        return latest.created.adding(seconds: autoRotateSeconds) <= now
    }

    /// Whether a version can be made now.
    var canRotate: Bool { mayRotate && !isSoftDeleted && versions.count < Limits.maxVersions }

    private var mayRotate: Bool { !isImported || allowsImportedRotation }

    func requireRotatable() throws(PluginError) {
        try requireUsable()
        if !mayRotate {
            throw PluginError(
                .invalidRequest,
                "imported key does not allow rotation within this server; import a version instead")
        }
        try requireRoom()
    }

    func requireRoom() throws(PluginError) {
        if versions.count >= Limits.maxVersions {
            throw PluginError(
                .invalidRequest,
                "the key has \(Limits.maxVersions) versions, the most there can be: raise "
                    + "min_decryption_version and trim it")
        }
    }

    /// The size of a key whose type leaves it open: a new version has that of the last.
    var keyBytes: Int? { type == .hmac ? versions.last?.secret?.count : nil }

    mutating func add(_ version: KeyVersion) { versions.append(version) }

    mutating func replace(_ number: Int, with version: KeyVersion) {
        guard number >= firstVersion, number <= latestVersion else { return }
        versions[number - firstVersion] = version
    }

    /// Versions before `number` are gone for good. The caller has checked that it is one.
    mutating func trim(to number: Int) {
        let dropped = max(0, min(number - firstVersion, versions.count - 1))
        versions.removeFirst(dropped)
        minAvailableVersion = number
    }
}
