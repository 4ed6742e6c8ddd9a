// `telemetry { … }`.

import HCL

extension SectionReader {
    func telemetry() -> TelemetryConfiguration? {
        let sections = sections("telemetry", labelCount: 0)
        guard let section = sections.first else { return nil }
        if sections.count > 1 {
            error(at: sections[1].position, "telemetry is configured twice")
        }
        let reader = reader(of: section, "telemetry")
        let telemetry = reader.telemetryKeys()
        reader.finish(foreignKeys: ForeignKeys.telemetry)
        return telemetry
    }

    private func telemetryKeys() -> TelemetryConfiguration {
        var telemetry = TelemetryConfiguration()
        if let time = duration("prometheus_retention_time") {
            telemetry.prometheusRetention = time.value
        }
        if let prefix = string("metrics_prefix") { telemetry.metricsPrefix = prefix.value }
        if let flag = bool("disable_hostname") { telemetry.omitsHostname = flag.value }
        if let flag = bool("enable_hostname_label") { telemetry.addsHostnameLabel = flag.value }
        if let flag = bool("add_lease_metrics_namespace_labels") {
            telemetry.addsNamespaceLabelsToLeases = flag.value
        }
        if let flag = bool("filter_default") { telemetry.isAllowedByDefault = flag.value }
        if let count = int("maximum_gauge_cardinality", in: 0...1_000_000) {
            telemetry.maxGaugeCardinality = count.value
        }
        if let time = duration("lease_metrics_epsilon") {
            telemetry.leaseMetricsEpsilon = time.value
        }
        if let count = int("num_lease_metrics_buckets", in: 0...100_000) {
            telemetry.leaseMetricsBuckets = count.value
        }
        readGaugePeriod(into: &telemetry)
        readFilters(into: &telemetry)
        return telemetry
    }

    /// A duration, or "none".
    private func readGaugePeriod(into telemetry: inout TelemetryConfiguration) {
        if body.attribute("usage_gauge_period")?.value.stringValue == "none" {
            _ = value("usage_gauge_period")
            telemetry.usageGaugePeriod = nil
        } else if let time = duration("usage_gauge_period") {
            telemetry.usageGaugePeriod = time.value == .zero ? nil : time.value
        }
    }

    private func readFilters(into telemetry: inout TelemetryConfiguration) {
        guard let filters = strings("prefix_filter") else { return }
        guard filters.value.allSatisfy({ $0.count > 1 && ($0.first == "+" || $0.first == "-") })
        else {
            error(
                at: filters.position,
                "prefix_filter in telemetry takes prefixes that begin with \"+\" or \"-\"")
            return
        }
        telemetry.prefixFilters = filters.value
    }
}
