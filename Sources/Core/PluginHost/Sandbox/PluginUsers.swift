// The users that plugins run as when the server is root: out of a range that nobody else uses.

internal import Cryptography
internal import Synchronization

/// Half of the range is for processes that keep nothing: each start gets another user, so that not
/// even another server's plugins share its limits. The other half is for plugins with a writable
/// folder, which have to find it theirs again: each of them has one for good.
final class PluginUsers: Sendable {
    /// systemd leaves this range to nobody; within a container there may be no more than 65 536
    /// users, of which it and Debian leave these alone.
    static let ranges: [Range<UInt32>] = [1_900_000_000..<1_900_065_536, 62_000..<64_000]

    static func range(mapped: (Range<UInt32>) -> Bool) -> Range<UInt32>? {
        ranges.first(where: mapped)
    }

    private struct State {
        var next: UInt32
        var holders: [UInt32: String] = [:]
    }

    private let passing: Range<UInt32>
    private let lasting: Range<UInt32>
    private let state: Mutex<State>

    init(_ range: Range<UInt32>) {
        let middle = range.lowerBound + UInt32(range.count / 2)
        passing = range.lowerBound..<middle
        lasting = middle..<range.upperBound
        let offset = UInt32(SecureRandom.below(UInt64(max(1, passing.count))))
        state = Mutex(State(next: range.lowerBound + offset))
    }

    /// For one start.
    func passingUser() -> UInt32? {
        guard !passing.isEmpty else { return nil }
        return state.withLock { state in
            let user = state.next
            state.next = user + 1 < passing.upperBound ? user + 1 : passing.lowerBound
            return user
        }
    }

    /// The same one for each start of the plugin with this name, on every machine. Two plugins of
    /// one server never have the same.
    func lastingUser(of name: String) -> UInt32? {
        guard !lasting.isEmpty else { return nil }
        let digest = SHA256.hash(Array(name.utf8))
        let start = digest.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let count = UInt32(lasting.count)
        return state.withLock { state in
            var offset = start % count
            for _ in 0..<count {
                let user = lasting.lowerBound + offset
                if state.holders[user] == nil { state.holders[user] = name }
                if state.holders[user] == name { return user }
                offset = (offset + 1) % count
            }
            return nil
        }
    }
}
