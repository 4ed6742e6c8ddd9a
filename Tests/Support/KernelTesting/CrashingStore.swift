// A store that is cut off from one moment on, as when the process is killed: what was committed is
// there, what comes later is not.

public import Storage
internal import Synchronization

public final class CrashingStore: PhysicalStore {
    private let inner: any PhysicalStore
    private let left = Mutex<Int?>(nil)

    public init(_ inner: any PhysicalStore) { self.inner = inner }

    /// The next `count` commits are made, and none after them.
    public func crash(after count: Int) { left.withLock { $0 = count } }

    public var hasCrashed: Bool { left.withLock { $0 == 0 } }

    public func get(_ key: String) throws(StorageError) -> StoredValue? { try inner.get(key) }

    public func list(
        _ prefix: String, after: String, limit: Int
    ) throws(StorageError) -> [String] { try inner.list(prefix, after: after, limit: limit) }

    public func commit(
        _ batch: StoreBatch, then: @escaping @Sendable (Result<UInt64, StorageError>) -> Void
    ) {
        let isAlive = left.withLock { left in
            guard let count = left else { return true }
            if count > 0 { left = count - 1 }
            return count > 0
        }
        guard isAlive else { return then(.failure(StorageError(.closed, "the process is dead"))) }
        inner.commit(batch, then: then)
    }

    public var meter: StoreMeter { inner.meter }

    public func survey(
        _ folder: String, then: @escaping @Sendable (Result<Bool, StorageError>) -> Void
    ) { inner.survey(folder, then: then) }

    public func close() { inner.close() }
}
