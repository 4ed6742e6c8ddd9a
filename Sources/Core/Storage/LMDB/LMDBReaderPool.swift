// Read transactions that are kept and renewed: beginning one anew costs an allocation and a slot.

import CLMDB
import Glibc
import Synchronization

/// A read lasts as long as its closure, so no snapshot is ever held across a wait, where it would
/// keep freed pages from being used again.
final class LMDBReaderPool: Sendable {
    private struct Reader: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private struct State {
        var idle: [Reader] = []
        var inUse = 0
        var isClosed = false
    }

    private let environment: LMDBEnvironment
    private let state = Mutex(State())

    init(_ environment: LMDBEnvironment) { self.environment = environment }

    @inline(__always)
    func read<Value>(
        _ body: (LMDBTransaction) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        let reader = try take()
        defer { giveBack(reader) }
        return try body(LMDBTransaction(pointer: reader.pointer, tables: environment.tables))
    }

    /// Waits for the reads under way, which are short, and frees every transaction.
    func close() {
        state.withLock { $0.isClosed = true }
        while state.withLock({ $0.inUse > 0 }) { sched_yield() }
        let idle = state.withLock { state in
            defer { state.idle = [] }
            return state.idle
        }
        for reader in idle { mdb_txn_abort(reader.pointer) }
    }

    private func take() throws(StorageError) -> Reader {
        let taken: Result<Reader?, StorageError> = state.withLock { state in
            guard !state.isClosed else { return .failure(.closed) }
            state.inUse += 1
            return .success(state.idle.popLast())
        }
        do throws(StorageError) {
            guard let reader = try taken.get() else { return try begin() }
            let status = mdb_txn_renew(reader.pointer)
            guard status == MDB_SUCCESS else {
                mdb_txn_abort(reader.pointer)
                throw StorageError(lmdb: status, "reading")
            }
            return reader
        } catch {
            if case .success = taken { state.withLock { $0.inUse -= 1 } }
            throw error
        }
    }

    private func begin() throws(StorageError) -> Reader {
        var begun: OpaquePointer?
        var status = mdb_txn_begin(environment.pointer, nil, UInt32(MDB_RDONLY), &begun)
        if status == MDB_READERS_FULL {
            var stale: Int32 = 0
            mdb_reader_check(environment.pointer, &stale)
            status = mdb_txn_begin(environment.pointer, nil, UInt32(MDB_RDONLY), &begun)
        }
        guard status == MDB_SUCCESS, let begun else {
            throw StorageError(lmdb: status, "beginning to read")
        }
        return Reader(pointer: begun)
    }

    private func giveBack(_ reader: Reader) {
        mdb_txn_reset(reader.pointer)
        state.withLock { state in
            state.idle.append(reader)
            state.inUse -= 1
        }
    }
}
