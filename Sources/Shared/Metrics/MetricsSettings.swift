// How metrics are named for the outside, and which are shown.

/// What the `telemetry` block decides.
public struct MetricsSettings: Sendable, Equatable {
    public enum Host: Sendable, Equatable {
        case omitted
        /// Gauges carry it inside their names, as Vault's do.
        case inGaugeNames(String)
        case asLabel(String)
    }

    public var prefix = "vault"
    public var host = Host.omitted
    /// Zero switches the Prometheus form off.
    public var prometheusRetentionSeconds: Int64 = 24 * 3600
    public var isAllowedByDefault = true
    /// `+` or `-` and a prefix of the names it allows or blocks; the longest that fits counts.
    public var filters: [String] = []

    public init() {}

    func allows(_ name: String) -> Bool {
        var longest = -1
        var isAllowed = isAllowedByDefault
        for filter in filters {
            let prefix = filter.dropFirst()
            guard prefix.utf8.count > longest, name.utf8.starts(with: prefix.utf8) else { continue }
            longest = prefix.utf8.count
            isAllowed = filter.utf8.first == UInt8(ascii: "+")
        }
        return isAllowed
    }

    /// The name outside, or `nil` if it is not shown.
    func shown(_ name: MetricName, isGauge: Bool) -> MetricName? {
        var result = name
        // Filters speak of names without the host, which people do not write into them.
        guard allows(joined(prefix, name.text)) else { return nil }
        result.text = joined(prefix, name.text)
        switch host {
        case .omitted: break
        case .inGaugeNames(let host):
            if isGauge { result.text = joined(prefix, joined(host, name.text)) }
        case .asLabel(let host):
            result.labels.append(MetricName.Label(name: "host", value: host))
        }
        return result
    }

    private func joined(_ first: String, _ second: String) -> String {
        first.isEmpty ? second : first + "." + second
    }
}
