// Engines that keep entries in memory hear of changes before anybody can rely on these.

internal import Synchronization

/// Who watches which mount's entries. One for each mount table; most mounts are not watched, and
/// their writes pay for one atomic load.
public final class MountChanges: Sendable {
    /// Called after a change, on any thread, with the keys as the engine knows them. The writer
    /// waits for `done`, so it is always called, and soon.
    public typealias Watcher =
        @Sendable (_ keys: [String], _ done: @escaping @Sendable () -> Void) -> Void

    private struct State {
        var watchers: [String: [UInt64: Watcher]] = [:]
        var next: UInt64 = 0
    }

    private let state = Mutex(State())
    private let count = Atomic<Int>(0)

    init() {}

    var isWatched: Bool { count.load(ordering: .acquiring) > 0 }

    func watch(_ prefix: String, _ watcher: @escaping Watcher) -> MountWatch {
        let id = state.withLock { state in
            state.next += 1
            state.watchers[prefix, default: [:]][state.next] = watcher
            return state.next
        }
        count.add(1, ordering: .releasing)
        return MountWatch(changes: self, prefix: prefix, id: id)
    }

    fileprivate func end(_ prefix: String, _ id: UInt64) {
        state.withLock { state in
            state.watchers[prefix]?[id] = nil
            if state.watchers[prefix]?.isEmpty ?? false { state.watchers[prefix] = nil }
        }
        count.subtract(1, ordering: .releasing)
    }

    /// Tells everybody who watches these entries; `done` when all of them know.
    func tell(_ prefix: String, _ keys: [String], _ done: @escaping @Sendable () -> Void) {
        let watchers = state.withLock { $0.watchers[prefix].map { Array($0.values) } ?? [] }
        if watchers.isEmpty { return done() }
        let outstanding = Outstanding(watchers.count, done)
        for watcher in watchers { watcher(keys) { outstanding.oneIsDone() } }
    }

    /// The same of an entry that was changed past its mount, by its whole name.
    func tell(ofEntry key: String) async {
        guard isWatched else { return }
        let prefix = state.withLock { state in
            state.watchers.keys.first { key.utf8.starts(with: $0.utf8) }
        }
        guard let prefix, let name = String(key.utf8.dropFirst(prefix.utf8.count)) else { return }
        await withCheckedContinuation { continuation in
            tell(prefix, [name]) { continuation.resume() }
        }
    }

    private final class Outstanding: Sendable {
        private let count: Atomic<Int>
        private let done: @Sendable () -> Void

        init(_ count: Int, _ done: @escaping @Sendable () -> Void) {
            self.count = Atomic(count)
            self.done = done
        }

        func oneIsDone() {
            if count.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { done() }
        }
    }
}

/// Ends with its last reference.
public final class MountWatch: Sendable {
    private let changes: MountChanges
    private let prefix: String
    private let id: UInt64

    fileprivate init(changes: MountChanges, prefix: String, id: UInt64) {
        self.changes = changes
        self.prefix = prefix
        self.id = id
    }

    deinit { changes.end(prefix, id) }
}
