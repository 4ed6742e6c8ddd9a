// An engine that wants to be woken is sure of it before its client hears the answer.

internal import Clock

extension RequestPipeline {
    /// Goes on with the outcome when the wake-up that it asks for is stored.
    func noteWake(_ outcome: BackendOutcome, _ exchange: Exchange) {
        guard case .success(let answer) = outcome, answer.wakeSeconds > 0,
            let state = exchange.subject.state, let mount = exchange.mount, !mount.isBuiltIn
        else { return settle(outcome, exchange) }
        Task {
            await state.wakes.note(
                mount.entry.id, afterSeconds: answer.wakeSeconds, now: Timestamp.now.seconds)
            settle(outcome, exchange)
        }
    }
}
