// The turns that the requests of one connection have or wait for; see `WriteTurns`.

internal import Kernel
internal import Wire

/// Confined to the connection's loop.
struct LaneTurns {
    private struct Turn {
        var table: WriteTurns
        var writer: WriteTurns.Writer
        var key: String
        /// The storage call whose reply is the turn; it may have been given already.
        var storageCall: UInt64
    }

    /// By the call of the request.
    private var turns: [UInt64: Turn] = [:]

    /// A key that the write depends on and for which others have the turn.
    func taken(_ request: StorageRequest, _ storage: MountStorage) -> String? {
        guard case .commit(let commit) = request.action else { return nil }
        let keys = commit.preconditions.lazy.map { String(decoding: $0.key, as: UTF8.self) }
        return storage.turns.taken(keys, by: turns[request.parentCall]?.writer)
    }

    /// Puts the request into the queue of `key`, and out of any other.
    mutating func join(
        _ key: String, _ request: UInt64, of table: WriteTurns, storageCall: UInt64,
        granted: @escaping @Sendable () -> Void
    ) {
        if let turn = turns[request], turn.key != key { turn.table.leave(turn.key, turn.writer) }
        let writer = turns[request]?.writer ?? table.makeWriter()
        turns[request] = Turn(table: table, writer: writer, key: key, storageCall: storageCall)
        table.join(key, writer, granted: granted)
    }

    /// Gives back the storage call that the request waited for, if it had a turn or waited for one.
    @discardableResult
    mutating func leave(_ request: UInt64) -> UInt64? {
        guard !turns.isEmpty, let turn = turns.removeValue(forKey: request) else { return nil }
        turn.table.leave(turn.key, turn.writer)
        return turn.storageCall
    }

    mutating func leaveAll() {
        for request in Array(turns.keys) { leave(request) }
    }
}
