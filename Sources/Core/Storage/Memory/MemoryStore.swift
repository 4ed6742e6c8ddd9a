// The store of dev mode and of tests: nothing outlives the process.

import Synchronization

/// Everything in memory behind one lock that is held for a look-up or for one batch.
public final class MemoryStore: PhysicalStore {
    private struct State {
        var values: [ByteKey: StoredValue] = [:]
        var keys = SortedKeys()
        var revision: UInt64 = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    public let meter = StoreMeter()

    public init() {}

    public func get(_ key: String) throws(StorageError) -> StoredValue? {
        try StorageLimits.check(key)
        let result: Result<StoredValue?, StorageError> = state.withLock { state in
            state.isClosed ? .failure(.closed) : .success(state.values[ByteKey(key)])
        }
        return try result.get()
    }

    public func list(
        _ prefix: String, after: String, limit: Int
    ) throws(StorageError) -> [String] {
        try StorageLimits.check(prefix: prefix, after: after)
        let result: Result<[String], StorageError> = state.withLock { state in
            guard !state.isClosed else { return .failure(.closed) }
            let keys = state.keys
            return Result { () throws(StorageError) in
                try FolderListing.names(prefix: prefix, after: after, limit: limit) {
                    keys.first(atOrAfter: $0).map { Array($0.utf8) }
                }
            }
        }
        return try result.get()
    }

    public func commit(
        _ batch: StoreBatch, then: @escaping @Sendable (Result<UInt64, StorageError>) -> Void
    ) {
        let result = Result { () throws(StorageError) in try apply(batch) }
        then(result)
    }

    private func apply(_ batch: StoreBatch) throws(StorageError) -> UInt64 {
        try StorageLimits.check(batch)
        let result: Result<UInt64, StorageError> = state.withLock { state in
            guard !state.isClosed else { return .failure(.closed) }
            for (key, revision) in batch.preconditions
            where (state.values[ByteKey(key)]?.revision ?? 0) != revision {
                return .failure(.conflict(key))
            }
            let admission = Result { () throws(StorageError) in
                try meter.admit(batch) { state.values[ByteKey($0)]?.bytes.count }
            }
            switch admission {
            case .success(.admitted): break
            case .success(.refused(let error)), .failure(let error): return .failure(error)
            }
            state.revision += 1
            for (key, value) in batch.puts {
                let stored = StoredValue(bytes: value, revision: state.revision)
                let old = state.values.updateValue(stored, forKey: ByteKey(key))
                if old == nil { state.keys.insert(key) }
            }
            for key in batch.deletes where state.values.removeValue(forKey: ByteKey(key)) != nil {
                state.keys.remove(key)
            }
            return .success(state.revision)
        }
        return try result.get()
    }

    public func survey(
        _ folder: String, then: @escaping @Sendable (Result<Bool, StorageError>) -> Void
    ) {
        let result: Result<Bool, StorageError> = state.withLock { state in
            guard !state.isClosed else { return .failure(.closed) }
            return Result { () throws(StorageError) in
                try meter.survey(folder) { target in
                    state.keys.first(atOrAfter: target).map { key in
                        (Array(key.utf8), state.values[ByteKey(key)]?.bytes.count ?? 0)
                    }
                }
            }
        }
        then(result)
    }

    public func close() {
        state.withLock { state in
            state.isClosed = true
            state.values = [:]
            state.keys = SortedKeys()
        }
    }
}
