// Whether a batch still fits in the map, decided before it is written.

import CLMDB

/// How many pages puts may still use. What is above the configured size is left to deletes.
struct LMDBRoom {
    private let environment: LMDBEnvironment
    private var pages: Int
    private var hasCountedFreePages = false

    init(_ environment: LMDBEnvironment) {
        self.environment = environment
        var info = MDB_envinfo()
        mdb_env_info(environment.pointer, &info)
        pages = environment.mapBytes / environment.pageBytes - Int(info.me_last_pgno) - 1
    }

    /// False when a batch with puts does not surely fit.
    mutating func take(for batch: StoreBatch) throws(StorageError) -> Bool {
        guard !batch.puts.isEmpty else { return true }
        // A tree's height for what is copied on the way, two pages for a leaf and its split, and
        // whole pages for a large value.
        let needed = batch.puts.reduce(12) { sum, put in
            sum + 2 + (put.key.utf8.count + put.value.count + 64) / environment.pageBytes
        }
        if needed > pages, !hasCountedFreePages {
            hasCountedFreePages = true
            pages += try freePages()
        }
        guard needed <= pages else { return false }
        pages -= needed
        return true
    }

    /// The pages in LMDB's free list. Walked only when the end of the map is near, and by a reader
    /// of its own, since LMDB does not show the list to a transaction that writes.
    private func freePages() throws(StorageError) -> Int {
        var begun: OpaquePointer?
        let status = mdb_txn_begin(environment.pointer, nil, UInt32(MDB_RDONLY), &begun)
        guard status == MDB_SUCCESS, let begun else {
            throw StorageError(lmdb: status, "reading the free list")
        }
        defer { mdb_txn_abort(begun) }
        let freeList: MDB_dbi = 0
        let reader = LMDBTransaction(pointer: begun, tables: environment.tables)
        let cursor = try LMDBCursor(reader, freeList)
        defer { cursor.close() }
        return try cursor.values().reduce(0) { sum, value in
            value.count >= 8 ? sum + Int(value.loadUnaligned(as: UInt64.self)) : sum
        }
    }
}
