// What engines said they were about to do outside, so that it can be undone if nobody comes to know
// of it.
//
// An engine that makes a credential somewhere else has made it before the core can store the lease.
// If the server dies in between, the credential would live for ever. So the engine writes down what
// undoes it before it makes it; the intent goes with the batch that stores the lease, and one that
// is still there after a crash or a failed request is rolled back.

internal import Barrier
internal import Clock
public import Cryptography
internal import JSON
internal import Synchronization

/// What an engine gives to be able to undo what it does next.
public struct EngineIntent: Sendable {
    /// The client's request that it does this for; it has one intent, the last one it gave.
    public var request: UUID128
    /// Path of the request, relative to the mount.
    public var path: String
    /// Comes back with the rollback.
    public var data: [UInt8]

    public init(request: UUID128, path: String, data: [UInt8]) {
        self.request = request
        self.path = path
        self.data = data
    }
}

/// The intents of one mount.
struct MountIntents: Sendable {
    let store: IntentStore
    let mount: UUID128

    /// The entry for the engine's batch, and what to call instead of `then` when that is decided.
    func begin(
        _ intent: EngineIntent, then: @escaping @Sendable (MountCommit) -> Void
    ) -> (entry: (key: String, value: [UInt8]), then: @Sendable (MountCommit) -> Void) {
        let (store, request) = (store, intent.request)
        return (
            store.begin(intent, mount: mount),
            { commit in
                var isStored = false
                if case .committed = commit { isStored = true }
                store.stored(request, isStored: isStored, now: Timestamp.now.seconds)
                then(commit)
            }
        )
    }
}

/// An intent that has to be rolled back.
struct PendingIntent: Sendable {
    let key: String
    var dueAt: Int64
    var attempts = 0
}

/// Entries `<namespace>/lease/intent/<mount>/<request>`.
final class IntentStore: Sendable {
    private enum Progress: Sendable {
        /// On its way to storage.
        case storing(String)
        /// Stored, and its request is still under way.
        case stored(String)
        /// Its request ended while it was being stored.
        case orphaned(String)
    }

    private struct State {
        var underWay: [UUID128: Progress] = [:]
        var pending: [PendingIntent] = []
    }

    private let barrier: Barrier
    private let prefix: String
    private let state = Mutex(State())
    /// Looked at by every request, without the lock.
    private let count = Atomic<Int>(0)

    init(barrier: Barrier, namespacePrefix: String) {
        self.barrier = barrier
        prefix = namespacePrefix + "lease/intent/"
    }

    func folder(_ mount: UUID128) -> String { prefix + mount.text + "/" }

    // MARK: While a request is under way

    /// The entry that goes into the engine's batch.
    func begin(_ intent: EngineIntent, mount: UUID128) -> (key: String, value: [UInt8]) {
        let key = folder(mount) + intent.request.text
        state.withLock { $0.underWay[intent.request] = .storing(key) }
        recount()
        return (key, StoredIntent(path: intent.path, data: intent.data).encoded())
    }

    /// The engine's batch was stored, or was not.
    func stored(_ request: UUID128, isStored: Bool, now: Int64) {
        state.withLock { state in
            switch state.underWay[request] {
            case .storing(let key):
                // A batch that failed may have been an engine's second; what the first one wrote
                // is still there then. Rolling back what is not there does nothing.
                state.underWay[request] = .stored(key)
            case .orphaned(let key):
                state.underWay[request] = nil
                if isStored { state.pending.append(PendingIntent(key: key, dueAt: now)) }
            case .stored, nil: break
            }
        }
        recount()
    }

    var isEmpty: Bool { count.load(ordering: .relaxed) == 0 }

    /// The entry that holds the intent of a request that is under way.
    func key(of request: UUID128) -> String? {
        if isEmpty { return nil }
        return state.withLock { state in
            switch state.underWay[request] {
            case .storing(let key), .stored(let key), .orphaned(let key): key
            case nil: nil
            }
        }
    }

    /// Takes the request's intent, which is settled with what the caller does next.
    func take(_ request: UUID128) -> String? {
        defer { recount() }
        return state.withLock { state in
            switch state.underWay.removeValue(forKey: request) {
            case .storing(let key), .stored(let key), .orphaned(let key): key
            case nil: nil
            }
        }
    }

    /// The request failed: what the engine may have done is undone, at `dueAt`.
    func abandon(_ request: UUID128, dueAt: Int64) {
        state.withLock { state in
            switch state.underWay[request] {
            case .storing(let key): state.underWay[request] = .orphaned(key)
            case .stored(let key):
                state.underWay[request] = nil
                state.pending.append(PendingIntent(key: key, dueAt: dueAt))
            case .orphaned, nil: break
            }
        }
        recount()
    }

    private func recount() {
        state.withLock { count.store($0.underWay.count, ordering: .relaxed) }
    }

    // MARK: Rolling back

    func schedule(_ intent: PendingIntent) { state.withLock { $0.pending.append(intent) } }

    func takeDue(now: Int64, limit: Int) -> [PendingIntent] {
        guard limit > 0 else { return [] }
        return state.withLock { state in
            let due = state.pending.filter { $0.dueAt <= now }.prefix(limit)
            if due.isEmpty { return [] }
            let keys = Set(due.map(\.key))
            state.pending.removeAll { keys.contains($0.key) }
            return Array(due)
        }
    }

    /// What was stored when the server ended is nobody's any more. Called before the first request
    /// is let in.
    func loadLeftovers() throws(BackendFailure) {
        try barrier.forEachName(in: prefix) { mount throws(BackendFailure) in
            try barrier.forEachName(in: prefix + mount) { name in
                schedule(PendingIntent(key: prefix + mount + name, dueAt: 0))
            }
        }
    }

    func keys(of mount: UUID128) throws(BackendFailure) -> [String] {
        var keys: [String] = []
        try barrier.forEachName(in: folder(mount)) { keys.append(folder(mount) + $0) }
        return keys
    }

    func read(_ key: String) throws(BackendFailure) -> StoredIntent? {
        guard let stored = try barrier.read(key) else { return nil }
        return try StoredIntent(decoding: stored.value)
    }

    func remove(_ key: String) async throws(BackendFailure) { try await barrier.delete(key) }

    /// The mount that an intent's key names.
    func mount(of key: String) -> UUID128? {
        UUID128(String(key.dropFirst(prefix.count).prefix { $0 != "/" }))
    }
}

/// An intent as it is stored.
struct StoredIntent: Sendable, Equatable {
    var path: String
    var data: [UInt8]

    private static let separator: UInt8 = 0

    init(path: String, data: [UInt8]) {
        self.path = path
        self.data = data
    }

    /// A path has no zero byte, so the first one is where the engine's bytes begin.
    func encoded() -> [UInt8] { Array(path.utf8) + [Self.separator] + data }

    init(decoding bytes: [UInt8]) throws(BackendFailure) {
        guard let end = bytes.firstIndex(of: Self.separator),
            let path = String(validating: bytes[..<end], as: UTF8.self)
        else { throw BackendFailure(.internalError, "a stored intent is damaged") }
        self.path = path
        data = Array(bytes[(end + 1)...])
    }
}
