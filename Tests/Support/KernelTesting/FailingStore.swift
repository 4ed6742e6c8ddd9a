// A store whose writes can be made to fail, as on a full disk, or to wait for something else.

public import Storage
internal import Synchronization

public final class FailingStore: PhysicalStore {
    private let inner = MemoryStore()
    private let isFull = Mutex(false)
    private let detour = Mutex<(folder: String, body: @Sendable () async -> Void)?>(nil)

    public init() {}

    /// From now on every write fails, until it is said otherwise.
    public func fill(_ full: Bool) { isFull.withLock { $0 = full } }

    /// The next write of an entry in this folder waits until `body` is done.
    public func beforeWrite(to folder: String, _ body: @escaping @Sendable () async -> Void) {
        detour.withLock { $0 = (folder, body) }
    }

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
        let first = detour.withLock { detour -> (@Sendable () async -> Void)? in
            guard let (folder, body) = detour,
                batch.puts.contains(where: { $0.key.contains(folder) })
            else { return nil }
            detour = nil
            return body
        }
        guard let first else { return inner.commit(batch, then: then) }
        Task {
            await first()
            self.inner.commit(batch, then: then)
        }
    }

    public var meter: StoreMeter { inner.meter }

    public func survey(
        _ folder: String, then: @escaping @Sendable (Result<Bool, StorageError>) -> Void
    ) { inner.survey(folder, then: then) }

    public func close() { inner.close() }
}
