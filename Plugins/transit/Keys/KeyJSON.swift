// A key as answers show it: its settings and what is public of its versions.

import Clock
import Cryptography
import JSON
import PluginSDK

extension LoadedKey {
    /// `context` asks for the public keys that are derived with it.
    func answer(_ name: String, context: [UInt8]? = nil, warnings: [String] = []) throws -> Answer {
        var writer = JSONWriter(reservingCapacity: 512)
        writer.beginObject()
        writer.member("allow_plaintext_backup", ring.allowsPlaintextBackup)
        writer.member("auto_rotate_period", Int(ring.autoRotateSeconds))
        writer.member("deletion_allowed", ring.allowsDeletion)
        writer.member("derived", ring.isDerived)
        writer.member("exportable", ring.isExportable)
        writer.member("imported_key", ring.isImported)
        if ring.isImported {
            writer.member("imported_key_allow_rotation", ring.allowsImportedRotation)
        }
        if ring.isDerived {
            writer.member("kdf", "hkdf_sha256")
            writer.member("convergent_encryption", ring.isConvergent)
            if ring.isConvergent, let version = ring.versions.last?.convergentVersion {
                writer.member("convergent_encryption_version", Int(version))
            }
        }
        writer.key("keys")
        writer.beginObject()
        for (number, version) in ring.numberedVersions {
            writer.key(String(number))
            if type.pair == nil {
                writer.int(Int(version.created.seconds))
            } else {
                try append(number, version, context, to: &writer)
            }
        }
        writer.endObject()
        writer.member("latest_version", ring.latestVersion)
        writer.member("min_available_version", ring.minAvailableVersion)
        writer.member("min_decryption_version", ring.minDecryptionVersion)
        writer.member("min_encryption_version", ring.minEncryptionVersion)
        writer.member("name", name)
        writer.member("soft_deleted", ring.isSoftDeleted)
        writer.member("supports_decryption", type.supportsEncryption)
        writer.member("supports_derivation", type.supportsDerivation)
        writer.member("supports_encryption", type.supportsEncryption)
        writer.member("supports_signing", type.supportsSigning)
        writer.member("type", type.name)
        writer.endObject()
        return .json(writer.bytes, warnings: warnings)
    }

    private func append(
        _ number: Int, _ version: KeyVersion, _ context: [UInt8]?, to writer: inout JSONWriter
    ) throws {
        writer.beginObject()
        writer.member(
            "certificate_chain",
            version.certificates.map { PEM.encode("CERTIFICATE", $0) }.joined())
        writer.member("creation_time", version.created.rfc3339)
        writer.member("name", type.publicKeyName)
        writer.member("public_key", try publicText(number, context))
        writer.endObject()
    }

    /// Ed25519 in Base64, everything else in PEM; of a derived key only for a context.
    private func publicText(_ number: Int, _ context: [UInt8]?) throws -> String {
        let keys = try keys(number)
        guard type == .ed25519 else {
            return PEM.encode("PUBLIC KEY", keys.version.publicKey)
        }
        if ring.isDerived {
            guard context != nil else { return "" }
            let derived = try keys.derivedEd25519(context)
            return Base64.encode(try derived.publicKey().ed25519Bytes())
        }
        return Base64.encode(try keys.publicKey().ed25519Bytes())
    }
}

extension VersionKeys {
    /// The key pair that belongs to the context.
    func derivedEd25519(_ context: [UInt8]?) throws -> PrivateKey {
        let seed = try derive(context, count: 32)
        do {
            return try seed.withUnsafeBytes { try PrivateKey(ed25519Seed: $0) }
        } catch { throw PluginError.cryptographyFailed }
    }
}
