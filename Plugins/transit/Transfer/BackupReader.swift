// A key out of a backup. A backup comes from a client: everything in it is checked as a stranger's.

import Clock
import Cryptography
import JSON
import PluginSDK

struct BackupReader {
    private static let damaged = PluginError(.invalidRequest, "the backup is not one of a key")

    let name: String
    let ring: KeyRing

    init(_ text: String) throws {
        var text = text
        let decoded = text.withUTF8 { decodeBase64(UnsafeRawBufferPointer($0)) }
        guard var bytes = decoded else {
            throw PluginError(.invalidRequest, "the backup is not Base64")
        }
        defer { zero(&bytes) }
        guard let value = try? JSONValue(parsing: bytes), let policy = value["policy"],
            let number = policy["type"]?.intValue, let raw = UInt8(exactly: number),
            let type = KeyType(rawValue: raw), let keys = policy["keys"]?.objectValue,
            let latest = policy["latest_version"]?.intValue, latest > 0
        else { throw Self.damaged }
        name = policy["name"]?.stringValue ?? ""
        let minAvailable = policy["min_available_version"]?.intValue ?? 0
        guard (0...latest).contains(minAvailable), latest - minAvailable < Limits.maxVersions else {
            throw Self.damaged
        }
        let isConvergent = policy["convergent_encryption"]?.boolValue ?? false
        let shared = policy["convergent_version"]?.intValue ?? 0
        let archive = value["archived_keys"]?["keys"]?.arrayValue ?? []
        var versions: [KeyVersion] = []
        for number in max(minAvailable, 1)...latest {
            let place = number - minAvailable
            // Vault keeps only the versions in use beside the policy, and all in the archive.
            let archived: JSONValue? = archive.indices.contains(place) ? .some(archive[place]) : nil
            guard let entry = keys[String(number)] ?? archived else { throw Self.damaged }
            var version = try Self.version(entry, type)
            if isConvergent {
                let own = shared == -1 ? entry["convergent_version"]?.intValue ?? 0 : max(shared, 1)
                guard (1...Int(KeyVersion.currentConvergentVersion)).contains(own) else {
                    throw Self.damaged
                }
                version.convergentVersion = UInt8(own)
            }
            versions.append(version)
        }
        ring = try Self.settings(policy, KeyRing(type: type, versions: versions), minAvailable)
    }

    private static func settings(
        _ policy: JSONValue, _ bare: KeyRing, _ minAvailable: Int
    ) throws -> KeyRing {
        var ring = bare
        ring.minAvailableVersion = minAvailable
        let flags: [(String, WritableKeyPath<KeyRing, Bool>)] = [
            ("derived", \.isDerived), ("convergent_encryption", \.isConvergent),
            ("exportable", \.isExportable), ("deletion_allowed", \.allowsDeletion),
            ("allow_plaintext_backup", \.allowsPlaintextBackup), ("imported", \.isImported),
            ("allow_imported_key_rotation", \.allowsImportedRotation),
            ("soft_deleted", \.isSoftDeleted),
        ]
        for (name, flag) in flags { ring[keyPath: flag] = policy[name]?.boolValue ?? false }
        ring.minDecryptionVersion = max(policy["min_decryption_version"]?.intValue ?? 1, 1)
        ring.minEncryptionVersion = policy["min_encryption_version"]?.intValue ?? 0
        let period = policy["auto_rotate_period"]?.intValue ?? 0
        ring.autoRotateSeconds = Int64(period / 1_000_000_000)
        guard ring.minDecryptionVersion <= ring.latestVersion,
            (0...ring.latestVersion).contains(ring.minEncryptionVersion), period >= 0,
            ring.minEncryptionVersion == 0
                || ring.minEncryptionVersion >= ring.minDecryptionVersion,
            !ring.isDerived || ring.type.supportsDerivation,
            !ring.isConvergent || ring.isDerived && ring.type.supportsConvergence,
            // The first derivation, which HKDF replaced, is not known here.
            !ring.isDerived || policy["kdf"]?.intValue == 1
        else { throw damaged }
        try requireAutoRotatePeriod(Int(ring.autoRotateSeconds))
        return ring
    }

    private static func version(_ entry: JSONValue, _ type: KeyType) throws -> KeyVersion {
        let hmacKey = try secret(entry["hmac_key"])
        var version = KeyVersion(
            created: entry["time"]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
                ?? Timestamp(seconds: 0),
            hmacKey: hmacKey ?? KeyVersion.randomSecret(Limits.versionHMACKeyBytes))
        for text in entry["certificate_chain"]?.arrayValue ?? [] {
            guard let der = text.stringValue.flatMap({ Base64.decode($0) }),
                version.certificates.count < Limits.maxCertificates
            else { throw damaged }
            version.certificates.append(der)
        }
        do {
            if let key = try privateKey(entry, type) {
                try version.set(key)
            } else if type.pair != nil {
                let pem = entry["public_key"]?.stringValue ?? ""
                version.publicKey =
                    try KeyVersion(publicPEM: pem, type, now: version.created).publicKey
            } else {
                version.secret = try secret(entry["key"]) ?? (type == .hmac ? hmacKey : nil)
                let sizes =
                    type.cipher.map { $0.keyByteCount...$0.keyByteCount } ?? Limits.hmacKeyBytes
                guard let size = version.secret?.count, sizes.contains(size) else { throw damaged }
            }
        } catch { throw damaged }
        return version
    }

    private static func privateKey(_ entry: JSONValue, _ type: KeyType) throws -> PrivateKey? {
        guard let pair = type.pair else { return nil }
        let key: PrivateKey
        if type == .ed25519 {
            guard let bytes = try secret(entry["key"]) else { return nil }
            guard bytes.count == 64 else { throw damaged }
            key = try bytes.withUnsafeBytes {
                try PrivateKey(ed25519Seed: UnsafeRawBufferPointer(rebasing: $0.prefix(32)))
            }
        } else if type.isECDSA {
            guard let digits = entry["ec_d"]?.numberValue?.text else { return nil }
            key = try PrivateKey(pair, secret: digits)
            // The point was computed; a key on another curve has another.
            let point = try key.curveNumbers()
            guard entry["ec_x"]?.numberValue?.text == point.x,
                entry["ec_y"]?.numberValue?.text == point.y
            else { throw damaged }
        } else {
            guard let rsa = entry["rsa_key"], !rsa.isNull else { return nil }
            let text = { (name: String) in rsa[name]?.numberValue?.text ?? "" }
            key = try PrivateKey(
                rsa: RSANumbers(
                    modulus: text("N"), publicExponent: text("E"), privateExponent: text("D"),
                    primes: (rsa["Primes"]?.arrayValue ?? []).map { $0.numberValue?.text ?? "" }))
        }
        guard key.kind == pair else { throw damaged }
        return key
    }

    private static func secret(_ value: JSONValue?) throws -> SecretBytes? {
        guard let text = value?.stringValue, !text.isEmpty else { return nil }
        guard var bytes = Base64.decode(text) else { throw damaged }
        return SecretBytes(erasing: &bytes)
    }
}
