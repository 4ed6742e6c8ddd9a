// The registry: which instruments there are, and what they showed in the last interval.

public import Clock
internal import Synchronization

/// Gives instruments their names.
///
/// The parts of the server own their counters and summaries and touch only those; the registry is
/// asked when somebody reads the metrics, and once per interval.
public final class Metrics: Sendable {
    private enum Instrument {
        case counter(Counter)
        case summary(Summary)
    }

    private struct Series {
        let instrument: Instrument
        /// Totals when the interval under way and the one before it began.
        var atStart = Distribution()
        var atPreviousStart = Distribution()
        var extremes: (shortest: UInt64, longest: UInt64)?
        var lastChange: Timestamp

        var total: Distribution {
            switch instrument {
            case .counter(let counter): Distribution(buckets: [counter.value])
            case .summary(let summary): summary.total
            }
        }
    }

    private struct State {
        var series: [MetricName: Series] = [:]
        var gauges: [MetricName: @Sendable () -> Double?] = [:]
        var collectors: [@Sendable () async -> [MetricsReading.Gauge]] = []
        var intervalStart: Timestamp
        var previousStart: Timestamp?
    }

    /// Most series of counters and summaries. What is registered beyond it counts unseen, so that
    /// names made of mounts' paths cannot fill the memory.
    public static let maxSeries = 2_000

    private let state: Mutex<State>

    public init(now: Timestamp = .now) {
        state = Mutex(State(intervalStart: now))
    }

    // MARK: Registering

    /// - Returns: false if there is no room for another series.
    @discardableResult
    public func register(_ name: MetricName, _ counter: Counter, now: Timestamp = .now) -> Bool {
        add(name, .counter(counter), now)
    }

    @discardableResult
    public func register(_ name: MetricName, _ summary: Summary, now: Timestamp = .now) -> Bool {
        add(name, .summary(summary), now)
    }

    /// The counter of this name, made when it is first asked for.
    public func counter(_ name: MetricName, now: Timestamp = .now) -> Counter {
        state.withLock { state in
            if case .counter(let known)? = state.series[name]?.instrument { return known }
            let new = Counter()
            if state.series.count < Self.maxSeries {
                state.series[name] = Series(instrument: .counter(new), lastChange: now)
            }
            return new
        }
    }

    private func add(_ name: MetricName, _ instrument: Instrument, _ now: Timestamp) -> Bool {
        state.withLock { state in
            guard state.series[name] != nil || state.series.count < Self.maxSeries else {
                return false
            }
            state.series[name] = Series(instrument: instrument, lastChange: now)
            return true
        }
    }

    /// A value that is asked for when somebody reads; `nil` leaves it out.
    public func registerGauge(_ name: MetricName, _ read: @escaping @Sendable () -> Double?) {
        state.withLock { $0.gauges[name] = read }
    }

    /// Values whose number changes, or that have to be waited for.
    public func registerCollector(
        _ read: @escaping @Sendable () async -> [MetricsReading.Gauge]
    ) {
        state.withLock { $0.collectors.append(read) }
    }

    /// Forgets a summary, unless another one has its name by now.
    public func remove(_ name: MetricName, _ summary: Summary) {
        state.withLock { state in
            if case .summary(let known)? = state.series[name]?.instrument, known === summary {
                state.series[name] = nil
            }
        }
    }

    // MARK: Reading

    /// Ends an interval; called every ten seconds or so.
    public func endInterval(now: Timestamp) {
        state.withLock { state in
            for name in state.series.keys {
                guard var series = state.series[name] else { continue }
                let total = series.total
                if total != series.atStart { series.lastChange = now }
                series.atPreviousStart = series.atStart
                series.atStart = total
                if case .summary(let summary) = series.instrument {
                    series.extremes = summary.takeExtremes()
                }
                state.series[name] = series
            }
            state.previousStart = state.intervalStart
            state.intervalStart = now
        }
    }

    /// - Parameter retentionSeconds: series unchanged for longer are left out.
    public func read(now: Timestamp = .now, retentionSeconds: Int64) async -> MetricsReading {
        let (gauges, collectors) = state.withLock { ($0.gauges, $0.collectors) }
        var reading = readSeries(since: now.adding(seconds: -max(0, retentionSeconds)), now)
        for (name, read) in gauges {
            if let value = read(), value.isFinite { reading.gauges.append(.init(name, value)) }
        }
        for collector in collectors {
            reading.gauges += await collector().filter { $0.value.isFinite }
        }
        reading.gauges.sort { $0.name < $1.name }
        reading.counters.sort { $0.name < $1.name }
        reading.summaries.sort { $0.name < $1.name }
        return reading
    }

    private func readSeries(since oldest: Timestamp, _ now: Timestamp) -> MetricsReading {
        state.withLock { state in
            let start = state.previousStart ?? state.intervalStart
            let end = state.previousStart == nil ? now : state.intervalStart
            var reading = MetricsReading(
                intervalStart: start,
                intervalSeconds: max(0.001, Double(end.nanoseconds &- start.nanoseconds) / 1e9))
            for (name, series) in state.series {
                let total = series.total
                guard series.lastChange >= oldest || total != series.atStart else { continue }
                // Before the first interval has ended, the one under way is all there is.
                let interval =
                    state.previousStart == nil
                    ? total : series.atStart.since(series.atPreviousStart)
                switch series.instrument {
                case .counter:
                    reading.counters.append(
                        .init(name: name, total: total.count, interval: interval.count))
                case .summary:
                    reading.summaries.append(
                        .init(
                            name: name, total: total, interval: interval,
                            shortestNanoseconds: series.extremes?.shortest ?? 0,
                            longestNanoseconds: series.extremes?.longest ?? 0,
                            recent: total.since(series.atPreviousStart)))
                }
            }
            return reading
        }
    }
}
