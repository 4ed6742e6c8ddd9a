// Entries of one value: the mount's key, a role's name, a secret id's place.

import Cryptography
import PluginSDK

extension Entries {
    func mountKey() throws(PluginError) -> [UInt8]? {
        guard let record = self[StorageKey.mountKey] else { return nil }
        do throws(RecordError) {
            var reader = try RecordReader(record, layout: 1)
            let key = Array(try reader.bytes(Limits.mountKeyBytes))
            try reader.end()
            return key
        } catch { throw error.failure(of: "key") }
    }

    /// The name of a role, or the place of a secret id.
    func text(_ key: String) throws(PluginError) -> String? {
        guard let record = self[key] else { return nil }
        return try readText(record)
    }

    func role(_ name: String) throws(PluginError) -> Role? {
        guard let record = self[StorageKey.role(name)] else { return nil }
        return try Role(record: record)
    }

    func secretID(_ key: String) throws(PluginError) -> SecretID? {
        guard let record = self[key] else { return nil }
        return try SecretID(record: record)
    }
}

func readText(_ record: [UInt8]) throws(PluginError) -> String {
    do throws(RecordError) {
        var reader = try RecordReader(record, layout: 1)
        let text = try reader.text()
        try reader.end()
        return text
    } catch { throw error.failure(of: "reference") }
}

extension WriteBatch {
    mutating func putMountKey(_ key: [UInt8]) {
        var writer = RecordWriter(layout: 1, capacity: key.count)
        writer.raw(key[...])
        put(StorageKey.mountKey, writer.bytes)
    }

    mutating func putText(_ key: String, _ text: String) {
        var writer = RecordWriter(layout: 1, capacity: text.utf8.count + 4)
        writer.text(text)
        put(key, writer.bytes)
    }
}
