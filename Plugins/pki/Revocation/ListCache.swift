// Revocation lists in memory. A list is made when it is asked for and something has changed since,
// or it is about to end; it is not stored, since all that it says is.

import Certificates
import Clock
import Synchronization

struct SignedList: Sendable {
    let der: [UInt8]
    let number: UInt64
    let thisUpdate: CertificateTime
    let nextUpdate: CertificateTime
    /// Names the revocations that were known, and the settings.
    var state: [UInt8]
    /// When it took the place of the one before, by what clients are told.
    var changed: CertificateTime
}

final class ListCache: Sendable {
    private struct State {
        var lists: [String: SignedList] = [:]
        var makers = Makers()
        var lastNumber: UInt64 = 0
        /// No list that is forgotten, or of a process before this one, took a place later.
        var changedBefore = CertificateTime(Timestamp.now)
    }

    private let state = Mutex(State())

    func find(_ name: String) -> SignedList? { state.withLock { $0.lists[name] } }

    /// The list as it is now known.
    func insert(_ list: SignedList, _ name: String) -> SignedList {
        state.withLock { state in
            if state.lists.count >= Limits.maxIssuers * 2 {
                state.changedBefore =
                    state.lists.values.map(\.changed).max() ?? state.changedBefore
                state.lists = [:]
            }
            // Of two that were made at the same time the later one stays.
            if let other = state.lists[name], other.number > list.number { return other }
            var list = list
            list.changed = list.changed.change(
                after: state.lists[name]?.changed ?? state.changedBefore)
            state.lists[name] = list
            return list
        }
    }

    /// Whether the caller is the one to make the list.
    func begin(_ name: String, _ now: CertificateTime) -> Bool {
        state.withLock { $0.makers.begin(name, now) }
    }

    func end(_ name: String) { state.withLock { $0.makers.end(name) } }

    /// The list is made anew for the next one that asks; until then it is still there.
    func expire(_ name: String) { state.withLock { $0.lists[name]?.state = [] } }

    /// Numbers rise from list to list, also over restarts: they follow the clock.
    func nextNumber(_ now: CertificateTime) -> UInt64 {
        state.withLock { state in
            let byClock = UInt64(clamping: now.seconds) << 16
            state.lastNumber = max(state.lastNumber + 1, byClock)
            return state.lastNumber
        }
    }
}
