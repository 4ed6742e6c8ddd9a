// The Prometheus text form, version 0.0.4.

extension MetricsReading {
    public static let prometheusContentType = "text/plain; version=0.0.4; charset=utf-8"

    public func prometheusText(_ settings: MetricsSettings) -> [UInt8] {
        var text = PrometheusText()
        for gauge in gauges {
            guard let name = settings.shown(gauge.name, isGauge: true) else { continue }
            text.begin(name, "gauge")
            text.sample(name, "", gauge.value)
        }
        for counter in counters {
            guard let name = settings.shown(counter.name, isGauge: false) else { continue }
            text.begin(name, "counter")
            text.sample(name, "", Double(counter.total))
        }
        for summary in summaries {
            guard let name = settings.shown(summary.name, isGauge: false) else { continue }
            text.begin(name, "summary")
            for (part, shown) in [(0.5, "0.5"), (0.9, "0.9"), (0.99, "0.99")] {
                var labelled = name
                labelled.labels.append(.init(name: "quantile", value: shown))
                let value = summary.recent.quantile(part)
                text.sample(labelled, "", value.map { $0 / 1e6 } ?? .nan)
            }
            text.sample(name, "_sum", Double(summary.total.sumNanoseconds) / 1e6)
            text.sample(name, "_count", Double(summary.total.count))
        }
        return text.bytes
    }
}

/// Lines of the text form.
private struct PrometheusText {
    var bytes: [UInt8] = []
    private var current = ""

    /// Says the type, once for all series of a name.
    mutating func begin(_ name: MetricName, _ type: String) {
        let plain = Self.identifier(name.text)
        guard plain != current else { return }
        current = plain
        append("# HELP \(plain) \(plain)\n# TYPE \(plain) \(type)\n")
    }

    mutating func sample(_ name: MetricName, _ suffix: String, _ value: Double) {
        append(Self.identifier(name.text) + suffix)
        if !name.labels.isEmpty {
            let labels = name.labels.map { label in
                Self.identifier(label.name) + "=\"" + Self.escaped(label.value) + "\""
            }
            append("{" + labels.joined(separator: ",") + "}")
        }
        append(" " + Self.number(value) + "\n")
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return "\(value)"
    }

    /// Letters, digits and underscores; a digit cannot be the first.
    private static func identifier(_ text: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): result.append(byte)
            case 0x30...0x39:
                if result.isEmpty { result.append(UInt8(ascii: "_")) }
                result.append(byte)
            default: result.append(UInt8(ascii: "_"))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func escaped(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
