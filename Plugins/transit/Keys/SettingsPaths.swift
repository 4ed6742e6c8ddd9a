// `config/keys` and `cache-config`: settings of the mount.

import JSON
import Paths
import PluginSDK

/// What holds for all keys of the mount.
struct KeysSettings {
    /// Whether encryption with a key that is not there fails, and does not make the key.
    var isUpsertDisabled = false
}

extension Entries {
    func keysSettings() throws(PluginError) -> KeysSettings {
        guard let record = self[StorageKey.keysSettings] else { return KeysSettings() }
        do throws(RecordError) {
            var reader = try RecordReader(record, layout: 1)
            let flag = try reader.byte()
            try reader.end()
            return KeysSettings(isUpsertDisabled: flag != 0)
        } catch { throw error.failure(of: "configuration") }
    }

    /// How many keys are kept in memory; 0 is as many as there may be.
    func cacheSize() throws(PluginError) -> Int {
        guard let record = self[StorageKey.cacheSettings] else { return 0 }
        do throws(RecordError) {
            var reader = try RecordReader(record, layout: 1)
            let size = try reader.uint32()
            try reader.end()
            return Int(size)
        } catch { throw error.failure(of: "configuration") }
    }
}

let keysSettingsPath = Path(
    "config/keys",
    [
        .read: { _ in
            .read([StorageKey.keysSettings]) { .answer(answer(try $0.keysSettings())) }
        },
        .update: { request in
            let wanted = try request.fields().boolean("disable_upsert")
            return .read([StorageKey.keysSettings]) { entries in
                var settings = try entries.keysSettings()
                settings.isUpsertDisabled = wanted ?? settings.isUpsertDisabled
                var batch = WriteBatch()
                batch.put(StorageKey.keysSettings, [1, settings.isUpsertDisabled ? 1 : 0])
                return .answer(answer(settings), writing: batch)
            }
        },
    ],
    fields: [
        .boolean("disable_upsert", "Whether encryption never makes the key that it names.")
    ],
    reads: [StorageKey.keysSettings],
    help: "Settings of all keys of the mount.")

private func answer(_ settings: KeysSettings) -> Answer {
    .data(["disable_upsert": .bool(settings.isUpsertDisabled)])
}

func cacheSettingsPath(_ mount: TransitMount) -> Path {
    Path(
        "cache-config",
        [
            .read: { _ in
                .read([StorageKey.cacheSettings]) {
                    .answer(.data(["size": .int(try $0.cacheSize())]))
                }
            },
            .update: { try setCacheSize($0, mount) },
        ],
        fields: [
            .integer(
                "size", default: 0,
                "How many keys are kept in memory, at least \(Limits.minConfiguredCache); 0 is as "
                    + "many as there may be.")
        ],
        reads: [StorageKey.cacheSettings],
        help: "How many keys the engine keeps in memory.")
}

private func setCacheSize(_ request: Request, _ mount: TransitMount) throws -> Outcome {
    let size = try request.fields().integer("size") ?? 0
    guard size == 0 || (Limits.minConfiguredCache...Limits.maxCachedKeys).contains(size) else {
        throw PluginError(
            .invalidRequest,
            "size must be 0 or a value greater or equal to \(Limits.minConfiguredCache), and at "
                + "most \(Limits.maxCachedKeys)")
    }
    var writer = RecordWriter(layout: 1, capacity: 4)
    writer.uint32(UInt32(size))
    var batch = WriteBatch()
    batch.put(StorageKey.cacheSettings, writer.bytes)
    return .commit(batch) {
        mount.cache.resize(size)
        return .answer(.data(["size": .int(size)]))
    }
}
