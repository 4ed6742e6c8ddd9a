// What the barrier asks of a place that keeps its entries. A store sees ciphertext and paths only.

/// A value and the revision of the commit that wrote it.
public struct StoredValue: Sendable, Equatable {
    public let bytes: [UInt8]
    public let revision: UInt64

    public init(bytes: [UInt8], revision: UInt64) {
        self.bytes = bytes
        self.revision = revision
    }
}

/// Changes that are made together or not at all, if every precondition holds. Puts come before
/// deletes; of two puts to one key the later counts.
public struct StoreBatch: Sendable {
    /// Revision 0 stands for "absent".
    public var preconditions: [(key: String, revision: UInt64)]
    public var puts: [(key: String, value: [UInt8])]
    public var deletes: [String]
    /// How far the batch may take what the store's meter counts.
    public var growth: StoreGrowth

    public init(
        preconditions: [(key: String, revision: UInt64)] = [],
        puts: [(key: String, value: [UInt8])] = [], deletes: [String] = [],
        growth: StoreGrowth = .unbounded
    ) {
        self.preconditions = preconditions
        self.puts = puts
        self.deletes = deletes
        self.growth = growth
    }

    public var isEmpty: Bool { puts.isEmpty && deletes.isEmpty && preconditions.isEmpty }

    var byteCount: Int {
        puts.reduce(0) { $0 + $1.key.utf8.count + $1.value.count }
            + deletes.reduce(0) { $0 + $1.utf8.count }
            + preconditions.reduce(0) { $0 + $1.key.utf8.count }
    }
}

public protocol PhysicalStore: AnyObject, Sendable {
    /// Called on event loops: never waits for a writer or a disk flush.
    func get(_ key: String) throws(StorageError) -> StoredValue?

    /// The direct children of a folder (`""` or ending in `/`), in byte order and strictly after
    /// `after`; folders end in `/`. Fewer than `limit` names mean that there are no more.
    func list(_ prefix: String, after: String, limit: Int) throws(StorageError) -> [String]

    /// Answers with the batch's revision once it is durable. Revisions only grow. `then` is called
    /// exactly once, at once or on a thread of the store, and must not block.
    func commit(
        _ batch: StoreBatch, then: @escaping @Sendable (Result<UInt64, StorageError>) -> Void)

    /// Counts what lies in some folders and bounds it. The store asks it about each batch.
    var meter: StoreMeter { get }

    /// Lets the meter count the next entries of one of its folders, in turn with commits. Answers
    /// whether those were the last, as `commit` does.
    func survey(
        _ folder: String, then: @escaping @Sendable (Result<Bool, StorageError>) -> Void)

    /// Finishes what was committed and lets go of the store; later calls answer `closed`.
    func close()
}

extension PhysicalStore {
    @discardableResult
    public func commit(_ batch: StoreBatch) async throws(StorageError) -> UInt64 {
        let result: Result<UInt64, StorageError> = await withCheckedContinuation { continuation in
            commit(batch) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}
