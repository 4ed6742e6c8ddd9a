// Room for so many processes: a start waits here until there is some, and one that has nothing to
// do is ended to make it.

internal import Clock
internal import Kernel
internal import NIOCore
internal import Synchronization

final class ProcessRoom: Sendable {
    private struct Waiting {
        let seat: ProcessSeat
        let since: UInt64
        let continuation: CheckedContinuation<ProcessBound?, Never>
        /// Ends a wait for one that does not end.
        var limit: Task<Void, Never>?
    }

    private struct State {
        var seats: [ObjectIdentifier: ProcessSeat] = [:]
        var waiting: [Waiting] = []
        /// Bounds within which somebody looks for a process that can go.
        var searched: Set<ProcessBound.Scope> = []
    }

    private let server: ProcessBound
    private let timings: HostTimings
    private let state = Mutex(State())

    init(processes: Int, timings: HostTimings) {
        self.timings = timings
        server = ProcessBound(scope: .server, most: max(1, processes))
    }

    /// How many processes there are, by namespace.
    var counts: [String: Int] {
        state.withLock { state in
            state.seats.values.reduce(into: [:]) { $0[$1.namespaceID, default: 0] += 1 }
        }
    }

    /// Returns when a process may be started in this seat, which it has until `leave`; or gives the
    /// bound that does not allow it at present.
    func enter(_ seat: ProcessSeat) async -> ProcessBound? {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.waiting.append(
                    Waiting(
                        seat: seat, since: MonotonicClock.nowNanoseconds,
                        continuation: continuation))
            }
            advance()
            limitWait(of: seat)
        }
    }

    /// The process is gone, or was never made.
    func leave(_ seat: ProcessSeat) {
        seat.left()
        state.withLock { $0.seats[ObjectIdentifier(seat)] = nil }
        advance()
    }

    // MARK: Those who wait

    /// Lets in whoever can be let in, and has room made for the others.
    private func advance() {
        let (admitted, toSearch) = state.withLock { state in
            var admitted: [Waiting] = []
            var toSearch: Set<ProcessBound.Scope> = []
            guard !state.waiting.isEmpty else { return (admitted, toSearch) }
            var kept: [Waiting] = []
            for (one, decision) in zip(state.waiting, decisions(state)) {
                switch decision {
                case .start:
                    state.seats[ObjectIdentifier(one.seat)] = one.seat
                    admitted.append(one)
                    continue
                case .wait: break
                case .needsRoom(let bound):
                    if state.searched.insert(bound.scope).inserted { toSearch.insert(bound.scope) }
                }
                kept.append(one)
            }
            state.waiting = kept
            return (admitted, toSearch)
        }
        for one in admitted {
            one.limit?.cancel()
            one.continuation.resume(returning: nil)
        }
        for scope in toSearch { Task { await makeRoom(in: scope) } }
    }

    private func decisions(_ state: State) -> [ProcessRoster.Decision] {
        let roster = ProcessRoster(
            state.seats.values.map { seat in
                ProcessRoster.Holder(
                    scopes: seat.bounds(server).map(\.scope), isEnding: seat.isEnding)
            })
        return roster.decisions(state.waiting.map { $0.seat.bounds(server) })
    }

    private func limitWait(of seat: ProcessSeat) {
        state.withLock { state in
            // Mostly it has been let in by now.
            guard let index = state.waiting.firstIndex(where: { $0.seat === seat }) else { return }
            let longest = UInt64(clamping: timings.room.nanoseconds)
            state.waiting[index].limit = Task { [weak self] in
                try? await Task.sleep(nanoseconds: longest)
                guard !Task.isCancelled else { return }
                self?.refuse { $0.seat === seat }
            }
        }
    }

    private func refuse(_ matches: (Waiting) -> Bool) {
        let refused = state.withLock { state in
            let decisions = decisions(state)
            var refused: [(Waiting, ProcessBound)] = []
            var kept: [Waiting] = []
            for (one, decision) in zip(state.waiting, decisions) {
                guard matches(one) else {
                    kept.append(one)
                    continue
                }
                switch decision {
                case .wait(let bound), .needsRoom(let bound): refused.append((one, bound))
                // There is room: whoever made it lets this one in.
                case .start: kept.append(one)
                }
            }
            state.waiting = kept
            return refused
        }
        for (one, bound) in refused {
            one.limit?.cancel()
            one.continuation.resume(returning: bound)
        }
    }

    // MARK: Making room

    /// Ends processes that have nothing to do for as long as somebody lacks room within the bound.
    /// One at a time: those that end are counted before the next one is looked for.
    private func makeRoom(in scope: ProcessBound.Scope) async {
        while true {
            let candidates = state.withLock { state in
                let isLacking = decisions(state).contains { decision in
                    if case .needsRoom(let bound) = decision { bound.scope == scope } else { false }
                }
                if !isLacking { state.searched.remove(scope) }
                return isLacking ? self.candidates(state, scope) : nil
            }
            guard let candidates else { return }
            if await endOne(of: candidates) {
                advance()
                continue
            }
            // All of them are at work. Most calls are short.
            try? await Task.sleep(nanoseconds: PluginHostLimits.roomPollMilliseconds * 1_000_000)
            giveUp(in: scope)
            advance()
        }
    }

    /// Those that could go, the first one first.
    private func candidates(_ state: State, _ scope: ProcessBound.Scope) -> [ProcessSeat] {
        state.seats.values.filter { seat in
            seat.occupant?.process.isReady == true
                && seat.bounds(server).contains { $0.scope == scope }
        }
        .map { ($0, $0.use) }.sorted { $0.1 < $1.1 }.map(\.0)
    }

    private func endOne(of candidates: [ProcessSeat]) async -> Bool {
        for seat in candidates {
            guard let (supervisor, process) = seat.occupant else { continue }
            if await supervisor.giveWay(process) { return true }
        }
        return false
    }

    /// Refuses those who have waited long enough for somebody to be idle.
    private func giveUp(in scope: ProcessBound.Scope) {
        let now = MonotonicClock.nowNanoseconds
        let longest = UInt64(clamping: timings.idleOther.nanoseconds)
        let tired = state.withLock { state in
            zip(state.waiting, decisions(state)).compactMap { one, decision -> ProcessSeat? in
                guard case .needsRoom(let bound) = decision, bound.scope == scope,
                    now &- one.since >= longest
                else { return nil }
                return one.seat
            }
        }
        guard !tired.isEmpty else { return }
        refuse { one in tired.contains { $0 === one.seat } }
    }
}
