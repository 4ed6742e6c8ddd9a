// A store whose writes can be made to fail, as on a full disk.

public import Storage
internal import Synchronization

public final class FailingStore: PhysicalStore {
    private let inner = MemoryStore()
    private let isFull = Mutex(false)

    public init() {}

    /// From now on every write fails, until it is said otherwise.
    public func fill(_ full: Bool) { isFull.withLock { $0 = full } }

    public func get(_ key: String) throws(StorageError) -> StoredValue? { try inner.get(key) }

    public func list(
        _ prefix: String, after: String, limit: Int
    ) throws(StorageError) -> [String] { try inner.list(prefix, after: after, limit: limit) }

    public func commit(
        _ batch: StoreBatch, then: @escaping @Sendable (Result<UInt64, StorageError>) -> Void
    ) {
        if isFull.withLock({ $0 }) {
            return then(.failure(StorageError(.full, "the store is full")))
        }
        inner.commit(batch, then: then)
    }

    public func close() { inner.close() }
}
