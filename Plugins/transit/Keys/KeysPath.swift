// `keys` lists the keys; `keys/:name` makes, shows and deletes one.

import Cryptography
import Paths
import PluginSDK

let listKeysPath = Path(
    "keys/?", .list, fields: NameListing.fields, help: "List the keys."
) { request in
    try NameListing.outcome(request, prefix: StorageKey.markPrefix)
}

func keyPath(_ mount: TransitMount) -> Path {
    Path(
        "keys/:name",
        [
            .read: { try readKey($0, mount) },
            .create: { try createKey($0, mount) },
            .update: { try createKey($0, mount) },
            .delete: { try deleteKey($0, mount) },
        ],
        fields: [
            .string("name", "Name of the key."),
            .string("type", default: "aes256-gcm96", "The type of the key."),
            .boolean("derived", "Whether each context has a key of its own, made out of this one."),
            .boolean(
                "convergent_encryption",
                "Whether equal plaintexts have equal ciphertexts within a context."),
            .boolean("exportable", "Whether the key may be exported; this cannot be taken back."),
            .boolean(
                "allow_plaintext_backup",
                "Whether the key may be backed up; this cannot be taken back."),
            .duration(
                "auto_rotate_period",
                "How old the latest version may become before the next use makes a new one; 0 is "
                    + "any age."),
            .integer("key_size", "Of an HMAC key: how many bytes it has; 32 by default."),
            .string(
                "context", "For reads: Base64 of the context whose derived public keys are shown."),
        ],
        reads: [StorageKey.mark("{name}")],
        existence: StorageKey.mark("{name}"),
        help: "Make, read and delete keys.")
}

private func readKey(_ request: Request, _ mount: TransitMount) throws -> Outcome {
    let name = try request.keyName()
    return mount.withKey(name) { key in
        guard let key else { return .answer(.none) }
        let context = try request.withMembers { try $0.context() }
        return .answer(try key.answer(name, context: context))
    }
}

private func createKey(_ request: Request, _ mount: TransitMount) throws -> Outcome {
    let name = try request.keyName()
    let fields = try request.fields()
    var wishes = NewKey(type: try KeyType(field: fields.string("type")))
    wishes.isDerived = fields.boolean("derived") ?? false
    wishes.isConvergent = fields.boolean("convergent_encryption") ?? false
    wishes.isExportable = fields.boolean("exportable") ?? false
    wishes.allowsPlaintextBackup = fields.boolean("allow_plaintext_backup") ?? false
    wishes.autoRotateSeconds = fields.duration("auto_rotate_period") ?? 0
    wishes.keyBytes = fields.integer("key_size") ?? 0
    let wanted = wishes
    try wanted.check()
    return mount.withKey(name) { key in
        if let key {
            return .answer(
                try key.answer(name, warnings: ["key \(name) already existed"]))
        }
        return try wanted.make(request) { ring in
            let (batch, made) = mount.save(ring, name)
            return .answer(try made.answer(name), writing: batch)
        }
    }
}

private func deleteKey(_ request: Request, _ mount: TransitMount) throws -> Outcome {
    let name = try request.keyName()
    return mount.withKey(name) { key in
        guard let key else {
            throw PluginError(.invalidRequest, "could not delete key; not found")
        }
        guard key.ring.allowsDeletion else {
            throw PluginError(
                .invalidRequest,
                "error deleting policy \(name): deletion is not allowed for this key")
        }
        mount.cache.remove(name)
        var batch = WriteBatch()
        batch.delete(StorageKey.mark(name))
        batch.delete(StorageKey.ring(name))
        batch.delete(StorageKey.uses(name))
        return .answer(.none, writing: batch)
    }
}
