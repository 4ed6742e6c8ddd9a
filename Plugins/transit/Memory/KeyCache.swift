// The keys of a mount that are in memory, so that a request needs no more of storage than the key's
// mark. What was not used for long is let go of, and erases itself.

import Synchronization

final class KeyCache: Sendable {
    /// Two halves: a key that is used comes into the young one; when that is full it becomes the
    /// old one, and what was in the old one has not been used since and goes.
    private struct State {
        var young: [String: LoadedKey] = [:]
        var old: [String: LoadedKey] = [:]
        var capacity = Limits.defaultCachedKeys
    }

    private let state = Mutex(State())

    /// Names are ASCII, so that equal strings are equal bytes.
    func find(_ name: String, mark: [UInt8]) -> LoadedKey? {
        state.withLock { state in
            if let key = state.young[name] { return key.mark == mark ? key : nil }
            guard let key = state.old[name], key.mark == mark else { return nil }
            Self.insert(key, name, &state)
            return key
        }
    }

    func insert(_ key: LoadedKey, _ name: String) {
        state.withLock { Self.insert(key, name, &$0) }
    }

    func remove(_ name: String) {
        state.withLock { state in
            state.young[name] = nil
            state.old[name] = nil
        }
    }

    /// 0 asks for the most there is.
    func resize(_ size: Int) {
        let capacity = size == 0 ? Limits.defaultCachedKeys : min(size, Limits.maxCachedKeys)
        state.withLock { state in
            state.capacity = capacity
            if state.young.count + state.old.count > capacity { state.old = [:] }
            if state.young.count > capacity { state.young = [:] }
        }
    }

    var count: Int { state.withLock { $0.young.count + $0.old.count } }

    private static func insert(_ key: LoadedKey, _ name: String, _ state: inout State) {
        state.old[name] = nil
        state.young[name] = key
        if state.young.count > state.capacity / 2 {
            state.old = state.young
            state.young = [:]
        }
    }
}
