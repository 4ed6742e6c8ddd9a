// Walking the keys of a transaction in byte order.

import CLMDB

/// The sorted keys of one transaction, long ones joined again.
struct LMDBKeyReader {
    private let entries: LMDBCursor
    private let tails: LMDBCursor

    init(_ transaction: LMDBTransaction) throws(StorageError) {
        entries = try LMDBCursor(transaction, transaction.tables.entries)
        do throws(StorageError) {
            tails = try LMDBCursor(transaction, transaction.tables.tails)
        } catch {
            entries.close()
            throw error
        }
    }

    func close() {
        entries.close()
        tails.close()
    }

    /// The first key at or after `target`.
    func seek(_ target: [UInt8]) throws(StorageError) -> [UInt8]? {
        try seek(target[...], node: 0, path: [], level: 0)
    }

    private func seek(
        _ target: ArraySlice<UInt8>, node: UInt64, path: [UInt8], level: Int
    ) throws(StorageError) -> [UInt8]? {
        guard level <= LMDBKeySpace.maxLevels else {
            throw StorageError(.corrupted, "the links of the store go in a circle")
        }
        let start = LMDBKeySpace.key(of: node, [])
        let isLong = target.count > LMDBKeySpace.chunkBytes
        var search = start + target.prefix(LMDBKeySpace.chunkBytes) + (isLong ? [0] : [])
        while true {
            let cursor = node == 0 ? entries : tails
            guard let found = try cursor.seek(search), found.key.starts(with: start) else {
                return nil
            }
            let tail = found.key[start.count...]
            guard tail.count == LMDBKeySpace.linkBytes else { return path + tail }
            let chunk = Array(tail.dropLast())
            let child = try LMDBKeySpace.nodeID(found.value)
            let isOnTarget = isLong && target.starts(with: chunk)
            let rest = isOnTarget ? target.dropFirst(LMDBKeySpace.chunkBytes) : []
            if let key = try seek(rest, node: child, path: path + chunk, level: level + 1) {
                return key
            }
            search = start + chunk + [1]
        }
    }
}

struct LMDBCursor {
    private let pointer: OpaquePointer

    init(_ transaction: LMDBTransaction, _ table: MDB_dbi) throws(StorageError) {
        var cursor: OpaquePointer?
        let status = mdb_cursor_open(transaction.pointer, table, &cursor)
        guard status == MDB_SUCCESS, let cursor else {
            throw StorageError(lmdb: status, "opening a cursor")
        }
        pointer = cursor
    }

    func close() { mdb_cursor_close(pointer) }

    /// Every value of the table.
    func values() throws(StorageError) -> [UnsafeRawBufferPointer] {
        var values: [UnsafeRawBufferPointer] = []
        while true {
            var (key, value) = (MDB_val(), MDB_val())
            switch mdb_cursor_get(pointer, &key, &value, MDB_NEXT) {
            case MDB_SUCCESS: values.append(UnsafeRawBufferPointer(value))
            case MDB_NOTFOUND: return values
            case let status: throw StorageError(lmdb: status, "reading the free list")
            }
        }
    }

    /// The first stored key at or after `key`; the value is valid until the transaction ends.
    func seek(
        _ key: [UInt8]
    ) throws(StorageError) -> (key: [UInt8], value: UnsafeRawBufferPointer)? {
        var value = MDB_val()
        var found = MDB_val()
        let status = withBytes(key) { bytes in
            found = MDB_val(bytes)
            // LMDB takes no empty key.
            let operation = key.isEmpty ? MDB_FIRST : MDB_SET_RANGE
            return mdb_cursor_get(pointer, &found, &value, operation)
        }
        switch status {
        case MDB_SUCCESS:
            return (Array(UnsafeRawBufferPointer(found)), UnsafeRawBufferPointer(value))
        case MDB_NOTFOUND: return nil
        default: throw StorageError(lmdb: status, "listing entries")
        }
    }
}
