// Several batches in one durable transaction, each all or nothing by itself.

import CLMDB

/// Used by the writer's thread only.
final class LMDBGroupCommit: @unchecked Sendable {
    // Unchecked: confined to the writer's thread.
    typealias Outcome = Result<UInt64, StorageError>

    private let environment: LMDBEnvironment

    init(_ environment: LMDBEnvironment) { self.environment = environment }

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
        do throws(StorageError) {
            var room = LMDBRoom(environment)
            var revision = try transaction.counter("revision") ?? 0
            for batch in batches {
                if let refusal = try refusal(of: batch, transaction, &room) {
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
            throw error
        }
        status = mdb_txn_commit(begun)
        guard status == MDB_SUCCESS else { throw StorageError(lmdb: status, "flushing a write") }
        return outcomes
    }

    /// Decided before anything of the batch is written, so that a refused batch leaves no trace and
    /// the others go on.
    private func refusal(
        of batch: StoreBatch, _ transaction: LMDBTransaction, _ room: inout LMDBRoom
    ) throws(StorageError) -> StorageError? {
        for (key, expected) in batch.preconditions {
            let found = try withBytes(key) { key throws(StorageError) in
                try transaction.value(key)?.revision ?? 0
            }
            if found != expected { return .conflict(key) }
        }
        return try room.take(for: batch) ? nil : StorageError(lmdb: MDB_MAP_FULL, "writing")
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
