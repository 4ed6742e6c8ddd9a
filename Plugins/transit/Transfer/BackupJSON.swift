// A key as the JSON that Vault writes into backups, and back. Numbers of key pairs are decimal
// there, bytes Base64, versions members by their number.

import Clock
import Cryptography
import JSON
import PluginSDK

enum BackupJSON {
    /// Vault's number for "the version of each key says how nonces are made".
    private static let perVersion = -1

    static func write(_ key: LoadedKey, _ name: String, now: Timestamp) throws -> JSONValue {
        let ring = key.ring
        var keys = JSONObject()
        for (number, _) in ring.numberedVersions {
            keys[String(number)] = try entry(try key.keys(number))
        }
        let policy: JSONValue = [
            "name": .string(name), "keys": .object(keys), "derived": .bool(ring.isDerived),
            "kdf": .int(ring.isDerived ? 1 : 0),
            "convergent_encryption": .bool(ring.isConvergent),
            "convergent_version": .int(ring.isConvergent ? perVersion : 0),
            "exportable": .bool(ring.isExportable),
            "min_decryption_version": .int(ring.minDecryptionVersion),
            "min_encryption_version": .int(ring.minEncryptionVersion),
            "min_available_version": .int(ring.minAvailableVersion),
            "latest_version": .int(ring.latestVersion),
            "archive_version": .int(ring.latestVersion),
            "archive_min_version": .int(ring.minAvailableVersion),
            "deletion_allowed": .bool(ring.allowsDeletion), "type": .int(ring.type.rawValue),
            "allow_plaintext_backup": .bool(ring.allowsPlaintextBackup),
            "auto_rotate_period": .int(ring.autoRotateSeconds * 1_000_000_000),
            "imported": .bool(ring.isImported),
            "allow_imported_key_rotation": .bool(ring.allowsImportedRotation),
            "soft_deleted": .bool(ring.isSoftDeleted),
            "version_template": "", "storage_prefix": "",
            "backup_info": ["time": .string(now.rfc3339), "version": .int(ring.latestVersion)],
            "restore_info": nil,
        ]
        // The archive is where Vault looks for versions, by their number from 0 on.
        var archive = [JSONValue](repeating: try emptyEntry(), count: ring.latestVersion + 1)
        if ring.minAvailableVersion > 0 {
            archive = Array(archive.suffix(ring.latestVersion - ring.minAvailableVersion + 1))
        }
        for (place, number) in (max(ring.minAvailableVersion, 0)...ring.latestVersion).enumerated()
        where number > 0 && archive.indices.contains(place) {
            archive[place] = keys[String(number)] ?? .null
        }
        return ["policy": policy, "archived_keys": ["keys": .array(archive)]]
    }

    private static func emptyEntry() throws -> JSONValue {
        [
            "key": nil, "hmac_key": nil, "time": "0001-01-01T00:00:00Z", "ec_x": nil, "ec_y": nil,
            "ec_d": nil, "rsa_key": nil, "public_key": "", "convergent_version": 0,
            "creation_time": 0,
        ]
    }

    private static func entry(_ keys: VersionKeys) throws -> JSONValue {
        let version = keys.version
        var entry = try emptyEntry()
        entry["hmac_key"] = bytes(keys.type == .hmac ? version.secret : version.hmacKey)
        entry["time"] = .string(version.created.rfc3339)
        entry["creation_time"] = .int(version.created.seconds)
        entry["convergent_version"] = .int(version.convergentVersion)
        if !version.certificates.isEmpty {
            entry["certificate_chain"] = .strings(version.certificates.map { Base64.encode($0) })
        }
        guard keys.type.pair != nil else {
            entry["key"] = bytes(version.secret)
            return entry
        }
        entry["public_key"] = .string(PEM.encode("PUBLIC KEY", version.publicKey))
        guard let key = try keys.privateKey() else { return entry }
        if keys.type == .ed25519 {
            entry["key"] = bytes(version.secret)
            entry["public_key"] = .string(Base64.encode(try key.publicKey().ed25519Bytes()))
        } else if keys.type.isECDSA {
            let numbers = try key.curveNumbers()
            entry["ec_x"] = decimal(numbers.x)
            entry["ec_y"] = decimal(numbers.y)
            entry["ec_d"] = decimal(numbers.secret ?? "0")
        } else {
            let numbers = try key.rsaNumbers()
            entry["rsa_key"] = [
                "N": decimal(numbers.modulus), "E": decimal(numbers.publicExponent),
                "D": decimal(numbers.privateExponent),
                "Primes": .array(numbers.primes.map { decimal($0) }),
            ]
        }
        return entry
    }

    private static func bytes(_ secret: SecretBytes?) -> JSONValue {
        guard let secret else { return .null }
        return .string(secret.withUnsafeBytes { Base64.encode($0) })
    }

    private static func decimal(_ digits: String) -> JSONValue {
        JSONNumber(text: digits).map { .number($0) } ?? .null
    }
}
