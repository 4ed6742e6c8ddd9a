// Several batches in one durable transaction, each all or nothing by itself.

import CLMDB

/// Used by the writer's thread only.
final class LMDBGroupCommit: @unchecked Sendable {
    // Unchecked: confined to the writer's thread.
    typealias Outcome = Result<UInt64, StorageError>

    private let environment: LMDBEnvironment
    private let meter: StoreMeter

    init(_ environment: LMDBEnvironment, _ meter: StoreMeter) {
        self.environment = environment
        self.meter = meter
    }

    /// One outcome for each batch, in order, after the flush.
    func commit(_ batches: [StoreBatch]) -> [Outcome] {
        do throws(StorageError) {
            return try commitTogether(batches)
        } catch {
            guard batches.count > 1 else { return [.failure(error)] }
            // A transaction that met an error is lost whole. Alone, only the batch that caused it
            // fails.
            return batches.map { batch in
                Result { () throws(StorageError) in try commitTogether([batch])[0].get() }
            }
        }
    }

    private func commitTogether(_ batches: [StoreBatch]) throws(StorageError) -> [Outcome] {
        var begun: OpaquePointer?
        var status = mdb_txn_begin(environment.pointer, nil, 0, &begun)
        guard status == MDB_SUCCESS, let begun else {
            throw StorageError(lmdb: status, "beginning to write")
        }
        let transaction = LMDBTransaction(pointer: begun, tables: environment.tables)
        var outcomes: [Outcome] = []
        var charges: [StoreMeter.Charge] = []
        do throws(StorageError) {
            var room = LMDBRoom(environment)
            var revision = try transaction.counter("revision") ?? 0
            for batch in batches {
                if let refusal = try refusal(of: batch, transaction, &room, &charges) {
                    outcomes.append(.failure(refusal))
                    continue
                }
                revision += 1
                try apply(batch, revision: revision, transaction)
                outcomes.append(.success(revision))
            }
            try transaction.setCounter("revision", revision)
        } catch {
            mdb_txn_abort(begun)
            for charge in charges { meter.undo(charge) }
            throw error
        }
        status = mdb_txn_commit(begun)
        guard status == MDB_SUCCESS else {
            for charge in charges { meter.undo(charge) }
            throw StorageError(lmdb: status, "flushing a write")
        }
        return outcomes
    }

    /// Decided before anything of the batch is written, so that a refused batch leaves no trace and
    /// the others go on.
    private func refusal(
        of batch: StoreBatch, _ transaction: LMDBTransaction, _ room: inout LMDBRoom,
        _ charges: inout [StoreMeter.Charge]
    ) throws(StorageError) -> StorageError? {
        for (key, expected) in batch.preconditions {
            let found = try withBytes(key) { key throws(StorageError) in
                try transaction.value(key)?.revision ?? 0
            }
            if found != expected { return .conflict(key) }
        }
        let admission = try meter.admit(batch) { key throws(StorageError) in
            try withBytes(key) { key throws(StorageError) in
                try transaction.value(key)?.bytes.count
            }
        }
        switch admission {
        case .refused(let error): return error
        case .admitted(let charge):
            // A bound is not reached by what does not fit anyway.
            guard try room.take(for: batch) else {
                meter.undo(charge)
                return StorageError(lmdb: MDB_MAP_FULL, "writing")
            }
            charges.append(charge)
            return nil
        }
    }

    /// Counts the next entries of a folder; nothing is committed meanwhile.
    func survey(_ folder: String) throws(StorageError) -> Bool {
        var begun: OpaquePointer?
        let status = mdb_txn_begin(environment.pointer, nil, UInt32(MDB_RDONLY), &begun)
        guard status == MDB_SUCCESS, let begun else {
            throw StorageError(lmdb: status, "counting entries")
        }
        defer { mdb_txn_abort(begun) }
        let transaction = LMDBTransaction(pointer: begun, tables: environment.tables)
        let keys = try LMDBKeyReader(transaction)
        defer { keys.close() }
        return try meter.survey(folder) { target throws(StorageError) in
            guard let key = try keys.seek(target) else { return nil }
            let size = try withBytes(key) { key throws(StorageError) in
                try transaction.value(key)?.bytes.count
            }
            return (key, size ?? 0)
        }
    }

    private func apply(
        _ batch: StoreBatch, revision: UInt64, _ transaction: LMDBTransaction
    ) throws(StorageError) {
        for (key, value) in batch.puts {
            try withBytes(key) { key throws(StorageError) in
                try withBytes(value) { value throws(StorageError) in
                    try transaction.put(key, revision: revision, value)
                }
            }
        }
        for key in batch.deletes {
            try withBytes(key) { key throws(StorageError) in try transaction.delete(key) }
        }
    }
}
