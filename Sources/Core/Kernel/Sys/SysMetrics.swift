// `sys/metrics`: what the server counts and times.

internal import JSON
internal import Metrics
internal import Paths

enum SysMetrics {
    static let paths = [
        CorePath(
            "metrics", [.read: .suspending(read)],
            fields: [
                .string("format", "\"prometheus\", or empty for JSON.")
            ],
            help: "The server's metrics.")
    ]

    private static func read(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        BackendAnswer(raw: try await body(call.core, format: call.fields.string("format") ?? ""))
    }

    /// Also for listeners that show metrics to everybody.
    static func body(_ core: Core, format: String) async throws(BackendFailure) -> RawBody {
        let settings = core.settings.metrics
        let metrics = core.figures.metrics
        let retention = settings.prometheusRetentionSeconds
        switch format {
        case "":
            // The JSON form has no retention of its own.
            let reading = await metrics.read(retentionSeconds: max(retention, 24 * 3600))
            return RawBody(contentType: "application/json", bytes: reading.json(settings))
        case "prometheus":
            guard retention > 0 else {
                throw BackendFailure(.invalidRequest, "prometheus is not enabled")
            }
            let reading = await metrics.read(retentionSeconds: retention)
            return RawBody(
                contentType: MetricsReading.prometheusContentType,
                bytes: reading.prometheusText(settings))
        default:
            throw BackendFailure(
                .invalidRequest,
                "metric response format \(format.quotedForMessage) unknown; there is "
                    + "\"prometheus\", and JSON without one")
        }
    }
}
