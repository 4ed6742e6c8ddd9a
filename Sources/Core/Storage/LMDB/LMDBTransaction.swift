// One LMDB transaction: typed errors and bounds around the C calls.

import CLMDB
import Glibc

/// The three named tables of a store.
struct LMDBTables: Sendable {
    /// Keys as they are, and links to the rest of those that LMDB cannot hold whole.
    let entries: MDB_dbi
    /// The tails of long keys, by node (see `LMDBKeySpace`).
    let tails: MDB_dbi
    /// Format version, revision and node counters.
    let meta: MDB_dbi
}

struct LMDBTransaction {
    let pointer: OpaquePointer
    let tables: LMDBTables

    /// The value's bytes, valid until the transaction ends or writes.
    func get(
        _ table: MDB_dbi, _ key: UnsafeRawBufferPointer
    ) throws(StorageError) -> UnsafeRawBufferPointer? {
        var name = MDB_val(key)
        var value = MDB_val()
        switch mdb_get(pointer, table, &name, &value) {
        case MDB_SUCCESS: return UnsafeRawBufferPointer(value)
        case MDB_NOTFOUND: return nil
        case let status: throw StorageError(lmdb: status, "reading an entry")
        }
    }

    /// Writes a value of two parts without joining them in memory first.
    func put(
        _ table: MDB_dbi, _ key: UnsafeRawBufferPointer, _ head: UInt64,
        _ rest: UnsafeRawBufferPointer
    ) throws(StorageError) {
        var name = MDB_val(key)
        var value = MDB_val(mv_size: 8 + rest.count, mv_data: nil)
        let status = mdb_put(pointer, table, &name, &value, UInt32(MDB_RESERVE))
        guard status == MDB_SUCCESS else { throw StorageError(lmdb: status, "writing an entry") }
        guard let target = value.mv_data else {
            throw StorageError(.io, "the store gave no room for an entry")
        }
        target.storeBytes(of: head.bigEndian, as: UInt64.self)
        if let source = rest.baseAddress {
            (target + 8).copyMemory(from: source, byteCount: rest.count)
        }
    }

    func delete(_ table: MDB_dbi, _ key: UnsafeRawBufferPointer) throws(StorageError) -> Bool {
        var name = MDB_val(key)
        switch mdb_del(pointer, table, &name, nil) {
        case MDB_SUCCESS: return true
        case MDB_NOTFOUND: return false
        case let status: throw StorageError(lmdb: status, "deleting an entry")
        }
    }

    func counterBytes(_ name: StaticString) throws(StorageError) -> UnsafeRawBufferPointer? {
        let key = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        return try get(tables.meta, key)
    }

    func counter(_ name: StaticString) throws(StorageError) -> UInt64? {
        guard let bytes = try counterBytes(name) else { return nil }
        guard bytes.count == 8 else {
            throw StorageError(.corrupted, "a counter of the store is damaged")
        }
        return UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
    }

    func setCounter(_ name: StaticString, _ value: UInt64) throws(StorageError) {
        let key = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        try put(tables.meta, key, value, .empty)
    }
}

extension MDB_val {
    init(_ bytes: UnsafeRawBufferPointer) {
        // LMDB takes keys as mutable pointers and only reads them.
        self.init(
            mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }
}

extension UnsafeRawBufferPointer {
    init(_ value: MDB_val) { self.init(start: value.mv_data, count: value.mv_size) }
}

extension StorageError {
    init(lmdb status: Int32, _ doing: StaticString) {
        let text = mdb_strerror(status).map { String(cString: $0) } ?? "error \(status)"
        switch status {
        case MDB_MAP_FULL:
            self.init(
                .full,
                "the store has reached its map size; raise `map_size_bytes` or delete entries")
        case ENOSPC, EDQUOT, EFBIG:
            self.init(.full, "the disk of the store is full (\(text)) while \(doing)")
        case MDB_TXN_FULL:
            self.init(.tooLarge, "a batch changes more pages than one transaction may")
        case MDB_BAD_VALSIZE:
            self.init(.tooLarge, "a key or value is too large for the store")
        case MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_INVALID:
            self.init(.corrupted, "the store's file is damaged (\(text)) while \(doing)")
        case MDB_VERSION_MISMATCH:
            self.init(.newerVersion, "the store's file has another LMDB version")
        default:
            self.init(.io, "\(text) while \(doing)")
        }
    }
}
