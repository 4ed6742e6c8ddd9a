// Entries of a mount, decoded and kept in memory, for what is read with every request and seldom
// changes. The engine hands each key of `Engine.invalidate` to `remove`, and so serves nobody what
// was before a change that somebody was told of.
//
// What comes out of it was not read by this run of the handler, so no write of the handler is
// conditional on it: what a write is computed from is read from storage. And what goes in comes
// fresh from storage: use it for keys that the handler has not read before and that the path's
// `reads` do not send along, which may be older than a change that was told of since.

import Synchronization

public final class EntryCache<Value: Sendable>: Sendable {
    /// Two generations: what is used moves to the young one, and when that is full the old one
    /// is forgotten. What is used often stays, and no list is kept of what was used when.
    private struct State {
        var young: [KeyBytes: Value] = [:]
        var old: [KeyBytes: Value] = [:]
    }

    private let state = Mutex(State())
    private let capacity: Int

    public init(capacity: Int) {
        self.capacity = max(2, capacity)
    }

    public func find(_ key: String) -> Value? {
        let key = KeyBytes(text: key)
        return state.withLock { state in
            if let value = state.young[key] { return value }
            guard let value = state.old[key] else { return nil }
            insert(value, key, &state)
            return value
        }
    }

    /// Only right after a read of this one key: a change since then comes after this, and removes
    /// it.
    public func insert(_ value: Value, _ key: String) {
        state.withLock { insert(value, KeyBytes(text: key), &$0) }
    }

    public func remove(_ key: String) {
        let key = KeyBytes(text: key)
        state.withLock { state in
            state.young[key] = nil
            state.old[key] = nil
        }
    }

    public var count: Int { state.withLock { $0.young.count + $0.old.count } }

    /// Goes on with the entry, or nil if there is none.
    public func read(
        _ key: String, decode: @escaping @Sendable ([UInt8]) throws -> Value,
        then: @escaping @Sendable (Value?) throws -> Outcome
    ) throws -> Outcome {
        if let value = find(key) { return try then(value) }
        return .read([key]) { entries in
            guard let record = entries[key] else { return try then(nil) }
            let value = try decode(record)
            self.insert(value, key)
            return try then(value)
        }
    }

    private func insert(_ value: Value, _ key: KeyBytes, _ state: inout State) {
        state.old[key] = nil
        state.young[key] = value
        if state.young.count > capacity / 2 {
            state.old = state.young
            state.young = [:]
        }
    }
}

/// A key by its bytes: Swift holds two spellings of "é" for one text, storage does not.
private struct KeyBytes: Hashable {
    let text: String

    static func == (left: KeyBytes, right: KeyBytes) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
