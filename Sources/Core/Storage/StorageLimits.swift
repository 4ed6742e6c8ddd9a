/// Limits of every physical store, checked before any work is done for a batch.
public enum StorageLimits {
    public static let maxKeyBytes = 4096
    public static let maxValueBytes = 64 << 20
    public static let maxBatchBytes = 128 << 20
    public static let maxBatchEntries = 100_000

    /// Names are paths: `a/b` lies in the folder `a/`. An entry cannot be a folder's name itself,
    /// since it could not be listed.
    static func check(_ key: String) throws(StorageError) {
        guard !key.isEmpty else { throw StorageError(.invalidKey, "a key is empty") }
        guard key.utf8.count <= maxKeyBytes else {
            throw StorageError(.tooLarge, "a key is longer than \(maxKeyBytes) bytes")
        }
        guard key.utf8.last != UInt8(ascii: "/") else {
            throw StorageError(.invalidKey, "a key ends in a slash")
        }
    }

    static func check(prefix: String, after: String) throws(StorageError) {
        guard prefix.isEmpty || prefix.utf8.last == UInt8(ascii: "/") else {
            throw StorageError(.invalidKey, "a folder to list does not end in a slash")
        }
        guard prefix.utf8.count <= maxKeyBytes, after.utf8.count <= maxKeyBytes else {
            throw StorageError(.tooLarge, "a folder is longer than \(maxKeyBytes) bytes")
        }
    }

    static func check(_ batch: StoreBatch) throws(StorageError) {
        let count = batch.puts.count + batch.deletes.count + batch.preconditions.count
        guard count <= maxBatchEntries else {
            throw StorageError(.tooLarge, "a batch has more than \(maxBatchEntries) entries")
        }
        for precondition in batch.preconditions { try check(precondition.key) }
        for key in batch.deletes { try check(key) }
        for (key, value) in batch.puts {
            try check(key)
            guard value.count <= maxValueBytes else {
                throw StorageError(.tooLarge, "a value is larger than \(maxValueBytes) bytes")
            }
        }
        guard batch.byteCount <= maxBatchBytes else {
            throw StorageError(.tooLarge, "a batch is larger than \(maxBatchBytes) bytes")
        }
    }
}
