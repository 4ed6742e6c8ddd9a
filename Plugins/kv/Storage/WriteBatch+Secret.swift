// The writes that a change of a secret means.

import PluginSDK

extension WriteBatch {
    static func put(_ key: String, _ value: [UInt8]) -> WriteBatch {
        var batch = WriteBatch()
        batch.put(key, value)
        return batch
    }

    mutating func put(_ secret: Secret, at path: String) {
        put(StorageKey.secret(path), secret.record)
    }

    /// A secret that got a new version: the superseded data move to an entry of their own.
    mutating func put(_ secret: Secret, at path: String, after succession: Secret.Succession) {
        put(secret, at: path)
        if let (number, data) = succession.superseded {
            put(StorageKey.version(number, of: path), DataRecord.encode(data))
        }
        for number in succession.pruned { delete(StorageKey.version(number, of: path)) }
    }
}
