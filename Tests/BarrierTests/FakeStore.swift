// A memory store whose commits can be held back or refused.

import Storage
import Synchronization

final class FakeStore: PhysicalStore {
    private struct State {
        var refusals: [StorageError] = []
        var isHolding = false
        var held: [@Sendable () -> Void] = []
    }

    let memory = MemoryStore()
    private let state = Mutex(State())

    /// The next commits fail with these, one each.
    func refuse(_ errors: StorageError...) { state.withLock { $0.refusals += errors } }

    /// Commits wait until `release`.
    func hold() { state.withLock { $0.isHolding = true } }

    func release() {
        let held = state.withLock { state in
            state.isHolding = false
            defer { state.held = [] }
            return state.held
        }
        for commit in held { commit() }
    }

    func get(_ key: String) throws(StorageError) -> StoredValue? { try memory.get(key) }

    func list(_ prefix: String, after: String, limit: Int) throws(StorageError) -> [String] {
        try memory.list(prefix, after: after, limit: limit)
    }

    func commit(
        _ batch: StoreBatch, then: @escaping @Sendable (Result<UInt64, StorageError>) -> Void
    ) {
        let memory = memory
        let run: @Sendable () -> Void = { memory.commit(batch, then: then) }
        let refusal: StorageError? = state.withLock { state in
            if !state.refusals.isEmpty { return state.refusals.removeFirst() }
            if state.isHolding { state.held.append(run) }
            return nil
        }
        if let refusal {
            then(.failure(refusal))
        } else if !state.withLock({ $0.isHolding }) {
            run()
        }
    }

    var meter: StoreMeter { memory.meter }

    func survey(
        _ folder: String, then: @escaping @Sendable (Result<Bool, StorageError>) -> Void
    ) { memory.survey(folder, then: then) }

    func close() { memory.close() }

    /// Changes a stored value in place.
    func alter(_ key: String, _ change: (inout [UInt8]) -> Void) async throws {
        guard var bytes = try memory.get(key)?.bytes else { throw StorageError(.io, "absent") }
        change(&bytes)
        try await memory.commit(StoreBatch(puts: [(key, bytes)]))
    }
}
