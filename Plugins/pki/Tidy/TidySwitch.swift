// Whether a tidy runs, and whether it is to stop. One that a failure has ended without a word is
// not waited for.

import Clock
import Synchronization

final class TidySwitch: Sendable {
    private struct State {
        /// The request that runs it, which may be run again after a conflict.
        var owner: [UInt8]?
        var isCancelled = false
        var progressNanoseconds: UInt64 = 0
    }

    private static let patienceNanoseconds: UInt64 = 120_000_000_000
    private let state = Mutex(State())

    /// Begins, or goes on. False if another request's runs already.
    func start(_ owner: [UInt8]) -> Bool {
        let now = MonotonicClock.nowNanoseconds
        return state.withLock { state in
            let isAlive = now &- state.progressNanoseconds < Self.patienceNanoseconds
            if let running = state.owner, running != owner, isAlive { return false }
            if state.owner != owner { state.isCancelled = false }
            state.owner = owner
            state.progressNanoseconds = now
            return true
        }
    }

    func end() { state.withLock { $0 = State() } }

    /// False if none runs.
    func cancel() -> Bool {
        state.withLock { state in
            state.isCancelled = state.owner != nil
            return state.isCancelled
        }
    }

    var isRunning: Bool { state.withLock { $0.owner != nil } }
    var isCancelled: Bool { state.withLock { $0.isCancelled } }
}
