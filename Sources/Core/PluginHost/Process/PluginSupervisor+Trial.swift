// Whether a process lasts: what a mount that has changed over to it wants to know.

internal import Clock
internal import NIOCore

extension PluginSupervisor {
    /// Waits for the process to end without having been asked to. Gives the reason, or `nil` when
    /// the time is over or the task is cancelled.
    func end(within time: TimeAmount) async -> String? {
        let runs = failedRuns
        let begin = MonotonicClock.nowNanoseconds
        while !Task.isCancelled {
            if failedRuns != runs { return lastEnd ?? "it ended" }
            let passed = MonotonicClock.nowNanoseconds &- begin
            guard passed < UInt64(clamping: time.nanoseconds) else { return nil }
            try? await Task.sleep(
                nanoseconds: PluginHostLimits.drainPollMilliseconds * 1_000_000)
        }
        return nil
    }
}
