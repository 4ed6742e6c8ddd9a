// Opening a store's folder: one process, one format, private files.

import CLMDB
import Glibc

/// An open LMDB environment and the lock that keeps other processes out of it.
struct LMDBEnvironment: @unchecked Sendable {
    // Unchecked: an environment may be used from all threads; the pool and the writer own its
    // transactions.
    static let formatVersion: UInt64 = 1
    static let maxReaders: UInt32 = 1024
    /// Above the configured size, so that deletes work in a full store: LMDB writes new pages for
    /// those that it changes.
    static let reserveBytes = 2 << 20

    let pointer: OpaquePointer
    let tables: LMDBTables
    let mapBytes: Int
    let pageBytes: Int
    let mapped: LMDBMappedMemory?
    private let lock: Int32

    static func open(
        path: String, mapBytes: Int, maxResidentBytes: Int
    ) throws(StorageError) -> LMDBEnvironment {
        guard mapBytes >= LMDBStore.minMapBytes else {
            throw StorageError(
                .io, "`map_size_bytes` is \(mapBytes), at least \(LMDBStore.minMapBytes) is needed")
        }
        try StoreFolder.create(path)
        let lock = try StoreFolder.lock(path)
        do throws(StorageError) {
            let pointer = try openEnvironment(path, mapBytes: mapBytes + reserveBytes)
            do throws(StorageError) {
                let tables = try openTables(pointer)
                try StoreFolder.sync(path)
                var statistics = MDB_stat()
                mdb_env_stat(pointer, &statistics)
                return LMDBEnvironment(
                    pointer: pointer, tables: tables, mapBytes: mapBytes,
                    pageBytes: max(Int(statistics.ms_psize), 512),
                    mapped: try mapped(pointer, tables, maxResidentBytes), lock: lock)
            } catch {
                mdb_env_close(pointer)
                throw error
            }
        } catch {
            StoreFolder.unlock(lock)
            throw error
        }
    }

    func close() {
        mdb_env_close(pointer)
        StoreFolder.unlock(lock)
    }

    private static func openEnvironment(
        _ path: String, mapBytes: Int
    ) throws(StorageError) -> OpaquePointer {
        var environment: OpaquePointer?
        guard mdb_env_create(&environment) == MDB_SUCCESS, let environment else {
            throw StorageError(.io, "no memory to open the store")
        }
        mdb_env_set_maxdbs(environment, 4)
        mdb_env_set_maxreaders(environment, maxReaders)
        mdb_env_set_mapsize(environment, mapBytes)
        // MDB_NOTLS: readers belong to a pool and not to threads. Not MDB_NOMEMINIT, which lets
        // stray process memory reach the disk, and not a single one of the no-sync flags.
        let status = mdb_env_open(environment, path, UInt32(MDB_NOTLS), 0o600)
        guard status == MDB_SUCCESS else {
            mdb_env_close(environment)
            throw StorageError(lmdb: status, "opening the store")
        }
        var stale: Int32 = 0
        mdb_reader_check(environment, &stale)
        return environment
    }

    private static func openTables(
        _ environment: OpaquePointer
    ) throws(StorageError) -> LMDBTables {
        var begun: OpaquePointer?
        let status = mdb_txn_begin(environment, nil, 0, &begun)
        guard status == MDB_SUCCESS, let begun else {
            throw StorageError(lmdb: status, "opening the store")
        }
        let tables: LMDBTables
        do throws(StorageError) {
            try checkFormat(begun)
            tables = LMDBTables(
                entries: try table("entries", begun), tails: try table("tails", begun),
                meta: try table("meta", begun))
            let transaction = LMDBTransaction(pointer: begun, tables: tables)
            if try transaction.counter("format") == nil {
                try transaction.setCounter("format", formatVersion)
            }
        } catch {
            mdb_txn_abort(begun)
            throw error
        }
        let committed = mdb_txn_commit(begun)
        guard committed == MDB_SUCCESS else {
            throw StorageError(lmdb: committed, "opening the store")
        }
        return tables
    }

    private static func mapped(
        _ environment: OpaquePointer, _ tables: LMDBTables, _ maxResidentBytes: Int
    ) throws(StorageError) -> LMDBMappedMemory? {
        var begun: OpaquePointer?
        let status = mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &begun)
        guard status == MDB_SUCCESS, let begun else {
            throw StorageError(lmdb: status, "opening the store")
        }
        defer { mdb_txn_abort(begun) }
        // LMDB does not tell where its map is, but a reader's values lie in it.
        let reader = LMDBTransaction(pointer: begun, tables: tables)
        guard let value = try reader.counterBytes("format")?.baseAddress else { return nil }
        return LMDBMappedMemory(holding: value, maxResidentBytes: maxResidentBytes)
    }

    /// Nothing of a store that is not ours, or of a later format, is changed.
    private static func checkFormat(_ transaction: OpaquePointer) throws(StorageError) {
        var meta: MDB_dbi = 0
        let status = mdb_dbi_open(transaction, "meta", 0, &meta)
        if status == MDB_NOTFOUND {
            var names = MDB_stat()
            mdb_stat(transaction, 1, &names)
            guard names.ms_entries == 0 else {
                throw StorageError(
                    .corrupted, "the folder holds an LMDB database of another program")
            }
            return
        }
        guard status == MDB_SUCCESS else { throw StorageError(lmdb: status, "opening the store") }
        let tables = LMDBTables(entries: meta, tails: meta, meta: meta)
        let reader = LMDBTransaction(pointer: transaction, tables: tables)
        guard let format = try reader.counter("format"), format > 0 else {
            throw StorageError(.corrupted, "the store does not say its format")
        }
        guard format <= formatVersion else {
            throw StorageError(
                .newerVersion,
                "the store has format \(format), written by a newer version; this one reads up to "
                    + "format \(formatVersion)")
        }
    }

    private static func table(
        _ name: String, _ transaction: OpaquePointer
    ) throws(StorageError) -> MDB_dbi {
        var table: MDB_dbi = 0
        let status = mdb_dbi_open(transaction, name, UInt32(MDB_CREATE), &table)
        guard status == MDB_SUCCESS else { throw StorageError(lmdb: status, "opening the store") }
        return table
    }
}
