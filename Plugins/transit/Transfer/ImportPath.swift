// `keys/:name/import` makes a key of what was brought, `keys/:name/import_version` adds to one that
// was made so.

import Cryptography
import Paths
import PluginSDK

func importPath(_ mount: TransitMount) -> Path {
    Path(
        "keys/:name/import", .update,
        fields: materialFields + [
            .string("type", default: "aes256-gcm96", "The type of the key."),
            .boolean("allow_rotation", "Whether the key may be rotated here."),
            .boolean("derived", "Whether each context has a key of its own, made out of this one."),
            .boolean("exportable", "Whether the key may be exported; this cannot be taken back."),
            .boolean("allow_plaintext_backup", "Whether the key may be backed up."),
            .duration("auto_rotate_period", "How old the latest version may become; 0 is any age."),
            .string("context", "Not needed; taken for Vault's sake."),
        ],
        reads: [StorageKey.mark("{name}"), StorageKey.wrappingKey],
        help: "Make a key of material from elsewhere."
    ) { request in
        let name = try request.keyName()
        let fields = try request.fields()
        var wishes = NewKey(type: try KeyType(field: fields.string("type")))
        wishes.isDerived = fields.boolean("derived") ?? false
        wishes.isExportable = fields.boolean("exportable") ?? false
        wishes.allowsPlaintextBackup = fields.boolean("allow_plaintext_backup") ?? false
        wishes.autoRotateSeconds = fields.duration("auto_rotate_period") ?? 0
        try wishes.check()
        let wanted = wishes
        return mount.withKey(name) { key in
            if key != nil {
                throw PluginError(
                    .invalidRequest,
                    "the import path cannot be used with an existing key; use import_version to "
                        + "rotate an existing imported key")
            }
            return try withMaterial(request, mount, fields, wanted.type) { version in
                var ring = wanted.ring([version])
                ring.isImported = true
                ring.allowsImportedRotation = fields.boolean("allow_rotation") ?? false
                let (batch, _) = mount.save(ring, name)
                return .answer(.none, writing: batch)
            }
        }
    }
}

func importVersionPath(_ mount: TransitMount) -> Path {
    Path(
        "keys/:name/import_version", .update,
        fields: materialFields + [
            .integer(
                "version", "The version whose private key this is; a new version by default.")
        ],
        reads: [StorageKey.mark("{name}"), StorageKey.wrappingKey],
        help: "Add a version to an imported key, or the private key to a version."
    ) { request in
        let name = try request.keyName()
        let fields = try request.fields()
        return mount.withKey(name) { key in
            guard let key else { throw PluginError.noSuchKey(name) }
            try key.ring.requireUsable()
            guard key.ring.isImported else {
                throw PluginError(
                    .invalidRequest,
                    "the import_version endpoint can only be used with an imported key")
            }
            return try withMaterial(request, mount, fields, key.type) { version in
                var ring = key.ring
                try ring.take(version, as: fields.integer("version") ?? 0)
                let (batch, _) = mount.save(ring, name)
                return .answer(.none, writing: batch)
            }
        }
    }
}

private let materialFields: [Field] = [
    .string("name", "Name of the key."),
    .string("ciphertext", "The key, wrapped for this mount's wrapping key."),
    .string(
        "hash_function", default: "SHA256", "The digest of RSA-OAEP: SHA1 to SHA512."),
    .string("public_key", "Instead of a key: a public key in PEM."),
]

private func withMaterial(
    _ request: Request, _ mount: TransitMount, _ fields: FieldValues, _ type: KeyType,
    then: @escaping @Sendable (KeyVersion) throws -> Outcome
) throws -> Outcome {
    let ciphertext = fields.string("ciphertext") ?? ""
    let publicKey = fields.string("public_key") ?? ""
    guard ciphertext.isEmpty != publicKey.isEmpty else {
        throw PluginError(
            .invalidRequest, "provide one of 'ciphertext' and 'public_key'")
    }
    if !publicKey.isEmpty {
        return try then(try KeyVersion(publicPEM: publicKey, type, now: request.now))
    }
    let digest = try WrappedKey.digest(fields.string("hash_function"))
    return try withWrappingKey(request, mount) { wrapping in
        .work {
            guard let key = try wrapping.keys(1).privateKey() else {
                throw PluginError.damagedKey
            }
            let secret = try WrappedKey.unwrap(ciphertext, with: key, digest)
            return try then(try KeyVersion(imported: secret, type, now: request.now))
        }
    }
}

extension KeyRing {
    /// A new version, or the private key of one of which only the public key is known.
    fileprivate mutating func take(_ version: KeyVersion, as asked: Int) throws(PluginError) {
        let latestLacks = versions.last.map { $0.secret == nil } ?? false
        if asked == 0, version.secret == nil || !latestLacks {
            try requireRoom()
            return add(version)
        }
        let number = asked == 0 ? latestVersion : asked
        guard let known = self.version(number) else {
            throw PluginError(.invalidRequest, "there is no version \(number) of the key")
        }
        guard known.secret == nil, version.secret != nil else {
            throw PluginError(
                .invalidRequest,
                "only a private key can be added to a version, and only if it has none")
        }
        guard known.publicKey == version.publicKey else {
            throw PluginError(
                .invalidRequest,
                "the private key is not that of version \(number)'s public key")
        }
        var completed = known
        completed.secret = version.secret
        replace(number, with: completed)
    }
}
