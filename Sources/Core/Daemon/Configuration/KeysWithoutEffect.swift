// Keys of Vault's that are read and do nothing yet. Silence would let people rely on them.

extension ServerConfiguration {
    /// The names of the keys that are set to something and have no effect in this version.
    var keysWithoutEffect: [String] {
        var names: [String] = []
        func add(_ name: String, if isSet: Bool) { if isSet { names.append(name) } }
        add("log_file", if: log.file != nil)
        add("ui", if: isUIEnabled)
        add("disable_mlock", if: isMlockDisabled)
        add("disable_cache", if: isCacheDisabled)
        add("enable_response_header_hostname", if: addsHostnameHeader)
        add("cluster_addr", if: clusterAddress != nil)
        let usual = TelemetryConfiguration()
        add("usage_gauge_period", if: telemetry.usageGaugePeriod != usual.usageGaugePeriod)
        add(
            "maximum_gauge_cardinality",
            if: telemetry.maxGaugeCardinality != usual.maxGaugeCardinality)
        add("lease_metrics_epsilon", if: telemetry.leaseMetricsEpsilon != usual.leaseMetricsEpsilon)
        add(
            "num_lease_metrics_buckets",
            if: telemetry.leaseMetricsBuckets != usual.leaseMetricsBuckets)
        add(
            "add_lease_metrics_namespace_labels",
            if: telemetry.addsNamespaceLabelsToLeases != usual.addsNamespaceLabelsToLeases)
        for listener in listeners {
            add("http_write_timeout", if: listener.limits.writeTimeout != .zero)
            guard case .tcp(let tcp) = listener else { continue }
            add("cluster_address", if: tcp.clusterAddress != nil)
        }
        return names
    }
}
