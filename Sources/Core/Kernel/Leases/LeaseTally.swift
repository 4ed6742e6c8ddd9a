// How many leases there are, kept as they come and go.

internal import Synchronization

/// Counts of leases below path prefixes, exact once a prefix has been counted through.
///
/// The counts are kept in memory and stored when the server seals. After a crash, or for a prefix
/// that nobody asked about before, the stored leases are walked in byte order in the background
/// while others come and go. What is at or before the walk's place has been accounted for and
/// changes the count by itself; what lies behind it will be met. A change that is on its way to
/// storage counts as not made until it is settled.
final class LeaseTally: Sendable {
    enum Change: Sendable, Equatable {
        case birth
        case death
    }

    struct Count: Sendable, Equatable {
        var leases: Int
        /// False while the walk is under way; then there are at least as many.
        var isComplete: Bool
    }

    private struct Prefix {
        var count = 0
        /// All up to here is accounted for; `nil` when the walk is done.
        var place: [UInt8]? = []
    }

    private struct State {
        var prefixes: [String: Prefix] = [:]
        var underWay: [String: (change: Change, times: Int)] = [:]
    }

    private let state = Mutex(State())

    /// What is counted so far; `nil` for a prefix that is not watched.
    func count(_ prefix: String) -> Count? {
        state.withLock { state in
            state.prefixes[prefix].map { Count(leases: $0.count, isComplete: $0.place == nil) }
        }
    }

    /// Starts to count this prefix; false if it is counted already.
    func watch(_ prefix: String) -> Bool {
        state.withLock { state in
            guard state.prefixes[prefix] == nil else { return false }
            state.prefixes[prefix] = Prefix()
            return true
        }
    }

    /// The lease is about to be stored or removed.
    func begin(_ change: Change, _ id: String) {
        state.withLock { $0.underWay[id, default: (change, 0)].times += 1 }
    }

    /// The change was made, or was not.
    func settle(_ change: Change, _ id: String, isMade: Bool) {
        let bytes = Array(id.utf8)
        state.withLock { state in
            if let times = state.underWay[id]?.times {
                state.underWay[id] = times > 1 ? (change, times - 1) : nil
            }
            guard isMade else { return }
            for (prefix, known) in state.prefixes where bytes.starts(with: prefix.utf8) {
                if let place = known.place, place.lexicographicallyPrecedes(bytes) { continue }
                state.prefixes[prefix]?.count += change == .birth ? 1 : -1
            }
        }
    }

    /// One step of the walk through a prefix. `read` gives the ids that follow, in order and with
    /// none left out, and the place that is reached with them; it reads while changes wait, so it
    /// must be quick. `nil` as a place ends the walk.
    func step(
        _ prefix: String,
        _ read: () throws(BackendFailure) -> (ids: [String], place: [UInt8]?)
    ) throws(BackendFailure) {
        let result = state.withLock { state -> Result<Void, BackendFailure> in
            guard let known = state.prefixes[prefix], let from = known.place else {
                return .success(())
            }
            do throws(BackendFailure) {
                let (ids, place) = try read()
                var count = known.count
                for id in ids where state.underWay[id] == nil { count += 1 }
                for (id, change) in state.underWay where change.change == .death {
                    let bytes = Array(id.utf8)
                    guard bytes.starts(with: prefix.utf8), from.lexicographicallyPrecedes(bytes),
                        !(place.map { $0.lexicographicallyPrecedes(bytes) } ?? false)
                    else { continue }
                    count += 1
                }
                state.prefixes[prefix] = Prefix(count: count, place: place)
                return .success(())
            } catch { return .failure(error) }
        }
        try result.get()
    }

    /// The counts to store, if nothing is on its way and all walks are done.
    var settled: [String: Int]? {
        state.withLock { state in
            guard state.underWay.isEmpty, state.prefixes.values.allSatisfy({ $0.place == nil })
            else { return nil }
            return state.prefixes.mapValues(\.count)
        }
    }

    /// Takes over stored counts.
    func restore(_ counts: [String: Int]) {
        state.withLock { state in
            for (prefix, count) in counts {
                state.prefixes[prefix] = Prefix(count: count, place: nil)
            }
        }
    }
}
