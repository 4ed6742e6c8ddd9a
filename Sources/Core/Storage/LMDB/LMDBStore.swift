// The durable store of a single node: LMDB, synchronous, one writer with group commit.

import CLMDB
import Glibc

public final class LMDBStore: PhysicalStore {
    /// The file is sparse: this reserves addresses and no disk.
    public static let defaultMapBytes = 16 << 30
    public static let minMapBytes = 1 << 20
    /// Enough for what a busy server reads all the time. More than this is mapped for a moment:
    /// giving back begins when it is exceeded.
    public static let defaultResidentBytes = 64 << 20

    /// A listing meets many pages.
    private static let readsOfListing = 16

    private let readers: LMDBReaderPool
    private let writer: LMDBWriter
    private let mapped: LMDBMappedMemory?
    public let meter = StoreMeter()

    /// Opens or creates the store in a folder of its own. `mapBytes` (the setting `map_size_bytes`)
    /// is the most that the store may ever hold; it can be raised at any later start. Of what it
    /// holds, `maxResidentBytes` (`map_resident_bytes`) may count as the process's memory.
    public init(
        path: String, mapBytes: Int = LMDBStore.defaultMapBytes,
        maxResidentBytes: Int = LMDBStore.defaultResidentBytes
    ) throws(StorageError) {
        let environment = try LMDBEnvironment.open(
            path: path, mapBytes: mapBytes, maxResidentBytes: maxResidentBytes)
        let readers = LMDBReaderPool(environment)
        self.readers = readers
        mapped = environment.mapped
        writer = LMDBWriter(LMDBGroupCommit(environment, meter), mapped: environment.mapped) {
            readers.close()
            environment.close()
        }
        do throws(StorageError) {
            try writer.start()
        } catch {
            readers.close()
            environment.close()
            throw error
        }
    }

    deinit { writer.close() }

    public func get(_ key: String) throws(StorageError) -> StoredValue? {
        try StorageLimits.check(key)
        defer { tendMap(afterReads: 1) }
        return try readers.read { transaction throws(StorageError) in
            try withBytes(key) { key throws(StorageError) in
                try transaction.value(key).map { found in
                    StoredValue(bytes: Array(found.bytes), revision: found.revision)
                }
            }
        }
    }

    public func list(
        _ prefix: String, after: String, limit: Int
    ) throws(StorageError) -> [String] {
        try StorageLimits.check(prefix: prefix, after: after)
        defer { tendMap(afterReads: Self.readsOfListing) }
        return try readers.read { transaction throws(StorageError) in
            let keys = try LMDBKeyReader(transaction)
            defer { keys.close() }
            return try FolderListing.names(prefix: prefix, after: after, limit: limit) {
                target throws(StorageError) in try keys.seek(target)
            }
        }
    }

    @inline(__always)
    private func tendMap(afterReads count: Int) {
        if let mapped, mapped.isExceeded(afterReads: count) { writer.giveBackMappedMemory() }
    }

    public func commit(
        _ batch: StoreBatch, then: @escaping @Sendable (Result<UInt64, StorageError>) -> Void
    ) {
        do throws(StorageError) {
            try StorageLimits.check(batch)
        } catch {
            then(.failure(error))
            return
        }
        writer.enqueue(batch, then: then)
    }

    public func survey(
        _ folder: String, then: @escaping @Sendable (Result<Bool, StorageError>) -> Void
    ) { writer.enqueue(surveyOf: folder, then: then) }

    public func close() { writer.close() }
}
