// Vault's JSON form: what happened in the last whole interval.

internal import Clock
internal import JSON

extension MetricsReading {
    public func json(_ settings: MetricsSettings) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 16 * 1024)
        writer.beginObject()
        writer.member("Timestamp", Self.goText(intervalStart))
        writer.key("Gauges")
        writer.beginArray()
        for gauge in gauges {
            guard let name = settings.shown(gauge.name, isGauge: true) else { continue }
            writer.beginObject()
            writer.member("Name", name.text)
            writer.member("Value", Self.number(gauge.value))
            Self.labels(name, &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.key("Points")
        writer.beginArray()
        writer.endArray()
        writer.key("Counters")
        writer.beginArray()
        for counter in counters {
            guard let name = settings.shown(counter.name, isGauge: false) else { continue }
            let count = Double(counter.interval)
            let each: Double = counter.interval == 0 ? 0 : 1
            sampled(
                name, counter.interval, sum: count, min: each, max: each, mean: each,
                deviation: 0, &writer)
        }
        writer.endArray()
        writer.key("Samples")
        writer.beginArray()
        for summary in summaries {
            guard let name = settings.shown(summary.name, isGauge: false) else { continue }
            let interval = summary.interval
            sampled(
                name, interval.count, sum: Double(interval.sumNanoseconds) / 1e6,
                min: Double(summary.shortestNanoseconds) / 1e6,
                max: Double(summary.longestNanoseconds) / 1e6,
                mean: interval.meanNanoseconds / 1e6,
                deviation: interval.deviationNanoseconds / 1e6, &writer)
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private func sampled(
        _ name: MetricName, _ count: UInt64, sum: Double, min: Double, max: Double, mean: Double,
        deviation: Double, _ writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("Name", name.text)
        writer.member("Count", count)
        let figures = [
            ("Rate", sum / intervalSeconds), ("Sum", sum), ("Min", min), ("Max", max),
            ("Mean", mean), ("Stddev", deviation),
        ]
        for (key, value) in figures { writer.member(key, Self.number(value)) }
        Self.labels(name, &writer)
        writer.endObject()
    }

    private static func number(_ value: Double) -> JSONValue {
        JSONNumber(value).map { .number($0) } ?? 0
    }

    private static func labels(_ name: MetricName, _ writer: inout JSONWriter) {
        writer.key("Labels")
        writer.beginObject()
        for label in name.labels { writer.member(label.name, label.value) }
        writer.endObject()
    }

    /// `2026-11-21 10:00:00 +0000 UTC`.
    private static func goText(_ time: Timestamp) -> String {
        let text = time.rfc3339Seconds
        return text.dropLast().replacing("T", with: " ") + " +0000 UTC"
    }
}
