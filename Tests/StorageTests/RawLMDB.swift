// A store's file opened behind its back, to look at it and to break it.

import CLMDB
import Testing

struct RawLMDB {
    private let transaction: OpaquePointer

    @discardableResult
    init(_ path: String, _ body: (RawLMDB) throws -> Void) throws {
        var environment: OpaquePointer?
        try #require(mdb_env_create(&environment) == 0)
        defer { mdb_env_close(environment) }
        mdb_env_set_maxdbs(environment, 4)
        try #require(mdb_env_open(environment, path, 0, 0o600) == 0)
        var begun: OpaquePointer?
        try #require(mdb_txn_begin(environment, nil, 0, &begun) == 0)
        transaction = try #require(begun)
        try body(self)
        try #require(mdb_txn_commit(transaction) == 0)
    }

    private func table(_ name: String) throws -> MDB_dbi {
        var table: MDB_dbi = 0
        try #require(mdb_dbi_open(transaction, name, 0, &table) == 0)
        return table
    }

    func count(_ name: String) throws -> Int {
        var statistics = MDB_stat()
        try #require(mdb_stat(transaction, try table(name), &statistics) == 0)
        return statistics.ms_entries
    }

    func put(_ name: String, _ key: String, _ value: [UInt8]) throws {
        try put(name, bytes: Array(key.utf8), value)
    }

    func put(_ name: String, bytes: [UInt8], _ value: [UInt8]) throws {
        var (bytes, value) = (bytes, value)
        let table = try table(name)
        let status = bytes.withUnsafeMutableBytes { key in
            value.withUnsafeMutableBytes { value in
                var name = MDB_val(mv_size: key.count, mv_data: key.baseAddress)
                var data = MDB_val(mv_size: value.count, mv_data: value.baseAddress)
                return mdb_put(transaction, table, &name, &data, 0)
            }
        }
        try #require(status == 0)
    }
}
