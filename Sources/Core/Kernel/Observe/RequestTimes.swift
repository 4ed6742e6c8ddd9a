// When a request passed which step, on the monotonic clock.

internal import Clock
internal import Metrics

/// The clock is read once at each step and each reading ends one figure and begins the next.
struct RequestTimes: Sendable {
    let startedNanoseconds: UInt64
    /// When it was handed to its engine; 0 if it was not.
    var admittedNanoseconds: UInt64 = 0
    var isLogin = false

    init(startedNanoseconds: UInt64) { self.startedNanoseconds = startedNanoseconds }

    var elapsed: UInt64 { MonotonicClock.nowNanoseconds &- startedNanoseconds }

    /// Policy has let the request pass.
    mutating func admit(_ figures: CoreFigures) {
        admittedNanoseconds = MonotonicClock.nowNanoseconds
        if !isLogin {
            figures.tokenChecks.record(nanoseconds: admittedNanoseconds &- startedNanoseconds)
        }
    }
}

extension RequestPipeline {
    /// The engine has answered.
    func recordRoute(_ exchange: Exchange) {
        guard exchange.times.admittedNanoseconds != 0, let mount = exchange.mount else { return }
        let elapsed = MonotonicClock.nowNanoseconds &- exchange.times.admittedNanoseconds
        mount.figures.record(exchange.subject.operation, elapsed, core.figures)
    }

    /// The client gets its answer.
    func recordEnd(_ exchange: Exchange) {
        let elapsed = exchange.times.elapsed
        let figures = core.figures
        (exchange.times.isLogin ? figures.logins : figures.requests).record(nanoseconds: elapsed)
        figures.requestsEnded.increment()
    }
}
