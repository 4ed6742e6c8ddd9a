// Something that happens once, whichever of several causes comes first.

internal import Synchronization

final class OneShot: Sendable {
    private struct State {
        var isSettled = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// The first call counts.
    func settle() {
        let waiting = state.withLock { state in
            state.isSettled = true
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    /// For one waiter.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isSettled = state.withLock { state in
                if !state.isSettled { state.waiting = continuation }
                return state.isSettled
            }
            if isSettled { continuation.resume() }
        }
    }
}
