// What the `telemetry` block says about metrics.

public struct TelemetryConfiguration: Sendable, Equatable {
    /// Zero switches the Prometheus form off.
    public var prometheusRetention: Duration = .seconds(24 * 3600)
    public var metricsPrefix = "vault"
    public var omitsHostname = false
    public var addsHostnameLabel = false
    /// Nil collects no usage gauges.
    public var usageGaugePeriod: Duration? = .seconds(600)
    public var maxGaugeCardinality = 500
    public var leaseMetricsEpsilon: Duration = .seconds(3600)
    public var leaseMetricsBuckets = 168
    public var addsNamespaceLabelsToLeases = false
    /// Whether metrics that no filter names are given out.
    public var isAllowedByDefault = true
    /// "+vault.token" allows, "-vault.expire" blocks; the longer prefix counts.
    public var prefixFilters: [String] = []

    public init() {}
}
