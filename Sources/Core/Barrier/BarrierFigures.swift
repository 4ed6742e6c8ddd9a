// How long the barrier's operations take, encryption and storage together.

internal import Clock
public import Metrics

public final class BarrierFigures: Sendable {
    public let gets = Summary()
    public let puts = Summary()
    public let deletes = Summary()
    public let lists = Summary()

    func timing<Value, Failure: Error>(
        _ summary: Summary, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let start = MonotonicClock.nowNanoseconds
        defer { summary.record(nanoseconds: MonotonicClock.nowNanoseconds &- start) }
        return try body()
    }
}
