// Who may start a process when there is a bound on how many there are, as a value: who has one and
// who waits goes in, what each of those who wait may do comes out.

struct ProcessRoster {
    struct Holder {
        /// The bounds that it counts towards.
        var scopes: [ProcessBound.Scope]
        /// It is on its way out: its room comes free by itself.
        var isEnding = false
    }

    enum Decision: Equatable {
        case start
        /// One that is ending makes room.
        case wait(ProcessBound)
        /// Nobody ends, so that one of those within the bound has to.
        case needsRoom(ProcessBound)
    }

    private var taken: [ProcessBound.Scope: Int] = [:]
    private var ending: [ProcessBound.Scope: Int] = [:]

    init(_ holders: [Holder]) {
        for holder in holders {
            for scope in holder.scopes {
                taken[scope, default: 0] += 1
                if holder.isEnding { ending[scope, default: 0] += 1 }
            }
        }
    }

    /// One decision for each of those who wait, who are in the order in which they came. Nobody
    /// passes another whose way the same bound bars; a namespace that is full is in nobody else's.
    func decisions(_ waiting: [[ProcessBound]]) -> [Decision] {
        var taken = taken
        var ahead: [ProcessBound.Scope: Int] = [:]
        return waiting.map { bounds in
            // The narrowest first: room there is room in all that are around it.
            let full = bounds.first {
                taken[$0.scope, default: 0] + ahead[$0.scope, default: 0] >= $0.most
            }
            guard let full else {
                for bound in bounds { taken[bound.scope, default: 0] += 1 }
                return .start
            }
            let inTheWay = ahead[full.scope, default: 0]
            ahead[full.scope] = inTheWay + 1
            let staying = taken[full.scope, default: 0] - ending[full.scope, default: 0]
            return staying + inTheWay < full.most ? .wait(full) : .needsRoom(full)
        }
    }

    /// What decides which process goes: one that nobody has called since it was started, and else
    /// the one that was called least recently.
    struct Use: Comparable {
        /// 0 for never.
        var lastRequestAt: UInt64
        var startedAt: UInt64

        static func < (left: Use, right: Use) -> Bool {
            (left.lastRequestAt, left.startedAt) < (right.lastRequestAt, right.startedAt)
        }
    }
}
