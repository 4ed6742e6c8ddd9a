// `keys/:name/config`: what may be changed of a key.

import Paths
import PluginSDK

func keyConfigPath(_ mount: TransitMount) -> Path {
    Path(
        "keys/:name/config", .update,
        fields: [
            .string("name", "Name of the key."),
            .integer("min_decryption_version", "The oldest version that is still opened."),
            .integer(
                "min_encryption_version",
                "The oldest version that may be asked for to encrypt; 0 is the latest."),
            .boolean("deletion_allowed", "Whether the key may be deleted."),
            .boolean("exportable", "Whether the key may be exported; this cannot be taken back."),
            .boolean(
                "allow_plaintext_backup",
                "Whether the key may be backed up; this cannot be taken back."),
            .duration("auto_rotate_period", "How old the latest version may become; 0 is any age."),
        ],
        reads: [StorageKey.mark("{name}")],
        help: "Change the settings of a key."
    ) { request in
        let name = try request.keyName()
        let fields = try request.fields()
        return mount.change(name, answer: { try $0.answer(name) }) { ring in
            try setVersions(fields, &ring)
            if let allowed = fields.boolean("deletion_allowed") { ring.allowsDeletion = allowed }
            try setOnce(fields, "exportable", \.isExportable, &ring)
            try setOnce(fields, "allow_plaintext_backup", \.allowsPlaintextBackup, &ring)
            if let seconds = fields.duration("auto_rotate_period") {
                try requireAutoRotatePeriod(seconds)
                ring.autoRotateSeconds = Int64(seconds)
            }
        }
    }
}

/// What was allowed once may have been used: to forbid it later would be a promise nobody keeps.
private func setOnce(
    _ fields: FieldValues, _ name: String, _ flag: WritableKeyPath<KeyRing, Bool>,
    _ ring: inout KeyRing
) throws(PluginError) {
    guard let wanted = fields.boolean(name) else { return }
    if ring[keyPath: flag], !wanted {
        throw PluginError(.invalidRequest, "\(name) cannot be disabled once it was enabled")
    }
    ring[keyPath: flag] = wanted
}

private func setVersions(_ fields: FieldValues, _ ring: inout KeyRing) throws(PluginError) {
    if let asked = fields.integer("min_decryption_version") {
        if asked < 0 {
            throw PluginError(.invalidRequest, "min decryption version cannot be negative")
        }
        let version = max(asked, 1)
        if version > ring.latestVersion {
            throw PluginError(
                .invalidRequest,
                "cannot set min decryption version of \(version), latest key version is "
                    + "\(ring.latestVersion)")
        }
        if version < ring.firstVersion {
            throw PluginError(
                .invalidRequest,
                "min decryption version should not be less than the minimum available version "
                    + "\(ring.firstVersion)")
        }
        ring.minDecryptionVersion = version
    }
    if let version = fields.integer("min_encryption_version") {
        if version < 0 {
            throw PluginError(.invalidRequest, "min encryption version cannot be negative")
        }
        if version > ring.latestVersion {
            throw PluginError(
                .invalidRequest,
                "cannot set min encryption version of \(version), latest key version is "
                    + "\(ring.latestVersion)")
        }
        ring.minEncryptionVersion = version
    }
    if ring.minEncryptionVersion > 0, ring.minEncryptionVersion < ring.minDecryptionVersion {
        throw PluginError(
            .invalidRequest,
            "cannot set min encryption/decryption values; min encryption version of "
                + "\(ring.minEncryptionVersion) must be greater than or equal to min decryption "
                + "version of \(ring.minDecryptionVersion)")
    }
}
