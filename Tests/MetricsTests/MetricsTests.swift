import Clock
import JSON
import Testing

@testable import Metrics

@Suite struct MetricsTests {
    private let start = Timestamp(seconds: 1_000_000)

    private func json(
        _ metrics: Metrics, at seconds: Int64, _ settings: MetricsSettings = MetricsSettings()
    ) async throws -> JSONValue {
        let reading = await metrics.read(
            now: start.adding(seconds: seconds), retentionSeconds: 3600)
        return try JSONValue(parsing: reading.json(settings))
    }

    private func text(
        _ metrics: Metrics, at seconds: Int64, _ settings: MetricsSettings = MetricsSettings()
    ) async -> String {
        let reading = await metrics.read(
            now: start.adding(seconds: seconds), retentionSeconds: 3600)
        return String(decoding: reading.prometheusText(settings), as: UTF8.self)
    }

    @Test("the JSON form shows the last whole interval, the text form everything since the start")
    func intervals() async throws {
        let metrics = Metrics(now: start)
        let counter = Counter()
        metrics.register("quota.violation", counter, now: start)
        counter.increment(by: 5)
        metrics.endInterval(now: start.adding(seconds: 10))
        counter.increment(by: 2)
        let value = try await json(metrics, at: 15)
        #expect(value["Timestamp"] == "1970-01-12 13:46:40 +0000 UTC")
        let shown = try #require(value["Counters"]?.arrayValue?.first)
        #expect(shown["Name"] == "vault.quota.violation")
        #expect(shown["Count"]?.intValue == 5)
        #expect(shown["Rate"]?.doubleValue == 0.5)
        #expect(await text(metrics, at: 15).contains("\nvault_quota_violation 7\n"))
        metrics.endInterval(now: start.adding(seconds: 20))
        #expect(try await json(metrics, at: 25)["Counters"]?.arrayValue?.first?["Count"] == 2)
    }

    @Test("a summary has sum, extremes, mean and deviation in milliseconds")
    func samples() async throws {
        let metrics = Metrics(now: start)
        let summary = Summary()
        metrics.register("core.handle_request", summary, now: start)
        summary.record(nanoseconds: 1_000_000)
        summary.record(nanoseconds: 3_000_000)
        metrics.endInterval(now: start.adding(seconds: 10))
        let value = try await json(metrics, at: 10)
        let shown = try #require(value["Samples"]?.arrayValue?.first)
        #expect(shown["Count"] == 2)
        #expect(shown["Sum"]?.doubleValue == 4)
        #expect(shown["Min"]?.doubleValue == 1)
        #expect(shown["Max"]?.doubleValue == 3)
        #expect(shown["Mean"]?.doubleValue == 2)
        let deviation = try #require(shown["Stddev"]?.doubleValue)
        #expect(abs(deviation - 1.41) < 0.3)
        let text = await text(metrics, at: 10)
        #expect(text.contains("# TYPE vault_core_handle_request summary\n"))
        #expect(text.contains("\nvault_core_handle_request_sum 4\n"))
        #expect(text.contains("\nvault_core_handle_request_count 2\n"))
    }

    @Test("the quantiles of a summary at rest are not a number")
    func quantilesAtRest() async {
        let metrics = Metrics(now: start)
        let summary = Summary()
        metrics.register("barrier.get", summary, now: start)
        summary.record(nanoseconds: 1_000_000)
        #expect(await text(metrics, at: 1).contains("{quantile=\"0.5\"} 0.98304"))
        metrics.endInterval(now: start.adding(seconds: 10))
        metrics.endInterval(now: start.adding(seconds: 20))
        #expect(await text(metrics, at: 20).contains("{quantile=\"0.5\"} NaN"))
        #expect(await text(metrics, at: 20).contains("\nvault_barrier_get_count 1\n"))
    }

    @Test("what has not changed for the retention time is left out")
    func retention() async {
        let metrics = Metrics(now: start)
        let counter = Counter()
        metrics.register("old", counter, now: start)
        counter.increment()
        metrics.endInterval(now: start.adding(seconds: 10))
        #expect(await text(metrics, at: 3600).contains("vault_old"))
        #expect(await text(metrics, at: 3611).contains("vault_old") == false)
        counter.increment()
        #expect(await text(metrics, at: 3611).contains("vault_old 2"))
    }

    @Test("the host stands in the names of gauges, or as a label, or nowhere")
    func host() async throws {
        let metrics = Metrics(now: start)
        metrics.registerGauge("core.unsealed") { 1 }
        metrics.register("events", Counter(), now: start)
        var settings = MetricsSettings()
        settings.host = .inGaugeNames("node-1")
        #expect(await text(metrics, at: 0, settings).contains("\nvault_node_1_core_unsealed 1\n"))
        #expect(await text(metrics, at: 0, settings).contains("\nvault_events 0\n"))
        let names = try await json(metrics, at: 0, settings)["Gauges"]?.arrayValue
        #expect(names?.first?["Name"] == "vault.node-1.core.unsealed")
        settings.host = .asLabel("node-1")
        #expect(
            await text(metrics, at: 0, settings)
                .contains("\nvault_core_unsealed{host=\"node-1\"} 1\n"))
        settings.host = .omitted
        settings.prefix = "coffer"
        #expect(await text(metrics, at: 0, settings).contains("\ncoffer_core_unsealed 1\n"))
    }

    @Test("of the filters that fit a name the longest counts")
    func filters() async {
        let metrics = Metrics(now: start)
        for name in ["core.a", "core.b", "expire.c"] as [MetricName] {
            metrics.registerGauge(name) { 1 }
        }
        var settings = MetricsSettings()
        settings.filters = ["-vault.core", "+vault.core.b"]
        let shown = await text(metrics, at: 0, settings)
        #expect(!shown.contains("vault_core_a"))
        #expect(shown.contains("vault_core_b"))
        #expect(shown.contains("vault_expire_c"))
        settings.isAllowedByDefault = false
        #expect(await text(metrics, at: 0, settings).contains("vault_expire_c") == false)
    }

    @Test("label values cannot end their line")
    func escaping() async {
        let metrics = Metrics(now: start)
        metrics.registerGauge(MetricName("plugins.up", [("type", "a\"b\\c\nd 1")])) { 1 }
        #expect(
            await text(metrics, at: 0)
                .contains("vault_plugins_up{type=\"a\\\"b\\\\c\\nd 1\"} 1\n"))
    }

    @Test("a gauge that is not a number is left out of both forms")
    func infiniteGauge() async throws {
        let metrics = Metrics(now: start)
        metrics.registerGauge("broken") { .nan }
        metrics.registerGauge("absent") { nil }
        #expect(await text(metrics, at: 0).isEmpty)
        #expect(try await json(metrics, at: 0)["Gauges"]?.arrayValue?.isEmpty == true)
    }

    @Test("series beyond the bound are not kept")
    func bound() async {
        let metrics = Metrics(now: start)
        for number in 0...Metrics.maxSeries {
            metrics.register(MetricName("s\(number)"), Counter(), now: start)
        }
        let reading = await metrics.read(now: start, retentionSeconds: 10)
        #expect(reading.counters.count == Metrics.maxSeries)
    }
}
