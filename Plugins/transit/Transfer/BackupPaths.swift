// `GET backup/:name` hands out a whole key, `POST restore(/:name)` takes one back, from here or
// from Vault.

import Cryptography
import JSON
import Paths
import PluginSDK

func backupPath(_ mount: TransitMount) -> Path {
    Path(
        "backup/:name", .read, fields: [.string("name", "Name of the key.")],
        reads: [StorageKey.mark("{name}")],
        help: "Everything of a key, to be restored later or elsewhere."
    ) { request in
        let name = try request.keyName()
        return mount.withKey(name) { key in
            guard let key else { throw PluginError.noSuchKey(name) }
            guard key.ring.isExportable else {
                throw PluginError(.invalidRequest, "exporting is disallowed on the policy")
            }
            guard key.ring.allowsPlaintextBackup else {
                throw PluginError(.invalidRequest, "plaintext backup is disallowed on the policy")
            }
            let make: @Sendable () throws -> Outcome = {
                var bytes: [UInt8]
                do { bytes = try BackupJSON.write(key, name, now: request.now).encoded() } catch {
                    throw PluginError.cryptographyFailed
                }
                defer { zero(&bytes) }
                return .answer(.data(["backup": .string(Base64.encode(bytes))]))
            }
            return key.type.isSlow ? .work(make) : try make()
        }
    }
}

func restorePaths(_ mount: TransitMount) -> [Path] {
    ["restore", "restore/:name"].map { pattern in
        Path(
            pattern, .update,
            fields: [
                .string("name", "Name of the key; the one it had by default."),
                .string("backup", required: true, "What backup answered."),
                .boolean("force", "Whether a key of that name is replaced."),
            ],
            help: "Restore a key from its backup."
        ) { request in
            let fields = try request.fields()
            let text = fields.string("backup") ?? ""
            let replaces = fields.boolean("force") ?? false
            // Checking the keys of a stranger's backup takes its time.
            return .work {
                let backup = try BackupReader(text)
                let asked = fields.string("name") ?? ""
                let name = asked.isEmpty ? backup.name : asked
                guard isKeyName(name) else { throw PluginError.badKeyName }
                return mount.withKey(name) { key in
                    if key != nil, !replaces {
                        throw PluginError(.invalidRequest, "key \"\(name)\" already exists")
                    }
                    var (batch, _) = mount.save(backup.ring, name)
                    // Those of the key that was there before.
                    batch.delete(StorageKey.uses(name))
                    return .answer(.none, writing: batch)
                }
            }
        }
    }
}
