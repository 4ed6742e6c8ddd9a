// All metrics at one moment, for whoever writes them down.

internal import Clock

/// What the registry knew when it was asked.
public struct MetricsReading: Sendable {
    public struct Gauge: Sendable {
        public var name: MetricName
        public var value: Double

        public init(_ name: MetricName, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    struct CounterReading: Sendable {
        var name: MetricName
        var total: UInt64
        /// Of the last whole interval.
        var interval: UInt64
    }

    struct SummaryReading: Sendable {
        var name: MetricName
        var total: Distribution
        /// Of the last whole interval.
        var interval: Distribution
        var shortestNanoseconds: UInt64
        var longestNanoseconds: UInt64
        /// Of the last whole interval and the one under way, for quantiles.
        var recent: Distribution
    }

    /// When the last whole interval began, and how long it was.
    var intervalStart: Timestamp
    var intervalSeconds: Double
    var gauges: [Gauge] = []
    var counters: [CounterReading] = []
    var summaries: [SummaryReading] = []
}
