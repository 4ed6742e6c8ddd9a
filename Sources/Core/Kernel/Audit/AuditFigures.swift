// What metrics show of the audit log.

internal import Audit
internal import Metrics

extension AuditLog {
    func register(in metrics: Metrics) {
        metrics.register("audit.log_request_failure", broker.requestFailures)
        metrics.register("audit.log_response_failure", broker.responseFailures)
        metrics.registerCollector { [broker] in
            broker.deviceCounts.flatMap { device in
                let path = device.path.split(separator: "/").joined(separator: "_")
                return [
                    MetricsReading.Gauge(
                        MetricName("audit.\(path).log_lines"), Double(device.written)),
                    MetricsReading.Gauge(
                        MetricName("audit.\(path).log_lines_failed"), Double(device.failed)),
                ]
            }
        }
    }
}
