// Users that are to be dropped at the same time: those that come while others are being dropped go
// together, with one step for all of them.

import PluginSDK
import Synchronization

final class DropQueue: Sendable {
    /// What becomes of one that waits.
    private enum Turn: Sendable {
        case done(Result<Void, DatabaseError>)
        /// It goes first now, with these behind it.
        case lead([Waiter])
    }

    private final class Waiter: Sendable {
        let name: String
        private let turn = Mutex<Turn?>(nil)
        private let arrival = Slots(0)

        init(_ name: String) { self.name = name }

        func settle(_ turn: Turn) {
            self.turn.withLock { $0 = turn }
            arrival.give()
        }

        func wait() -> Turn {
            while true {
                if arrival.take(seconds: Limits.statementSeconds),
                    let turn = turn.withLock({ $0 })
                {
                    return turn
                }
            }
        }
    }

    private struct State {
        var leaders = 0
        var waiting: [Waiter] = []
    }

    private let mostTogether: Int
    private let state = Mutex(State())

    init(mostTogether: Int) { self.mostTogether = mostTogether }

    /// How many wait for those that are under way.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Drops a user with `drop`, which is given others' names too where some wait. If the server
    /// refuses that, each is dropped alone.
    func drop(
        _ name: String, _ drop: ([String]) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        let own = Waiter(name)
        let isLeader = state.withLock { state in
            guard state.leaders < Limits.dropsAtOnce else {
                state.waiting.append(own)
                return false
            }
            state.leaders += 1
            return true
        }
        var others: [Waiter] = []
        if !isLeader {
            switch own.wait() {
            case .done(.failure(let error)) where error.isOfOneUser: return try drop([name])
            case .done(let result): return try result.get()
            case .lead(let group): others = group
            }
        }
        let group = [own] + others
        let result = Result { () throws(DatabaseError) in try drop(group.map(\.name)) }
        for other in others { other.settle(.done(result)) }
        handOver()
        if case .failure(let error) = result, error.isOfOneUser, !others.isEmpty {
            return try drop([name])
        }
        try result.get()
    }

    private func handOver() {
        let group = state.withLock { state -> ArraySlice<Waiter> in
            let group = state.waiting.prefix(mostTogether)
            state.waiting.removeFirst(group.count)
            if group.isEmpty { state.leaders -= 1 }
            return group
        }
        group.first?.settle(.lead(Array(group.dropFirst())))
    }
}

extension DatabaseError {
    /// Others' steps may go well where this one did not.
    var isOfOneUser: Bool {
        switch code {
        case .failed, .conflict, .invalid: true
        case .unreachable, .denied, .busy, .lost, .lostBefore: false
        }
    }
}
