// Checks of whether expired certificates go away.

import Certificates
import JSON

extension HealthCheck {
    static let enableAutoTidy = HealthCheck(
        "enable_auto_tidy",
        [
            ("interval_duration_critical", "7d"), ("interval_duration_warning", "2d"),
            ("pause_duration_critical", "1s"), ("pause_duration_warning", "200ms"),
        ]
    ) { context, parameters in
        let endpoint = context.endpoint("config/auto-tidy")
        let settings = try await context.read("config/auto-tidy") ?? JSONObject()
        guard settings["enabled"]?.boolValue == true else {
            return [
                HealthResult(
                    .informational, endpoint,
                    "Auto-tidy is not enabled: expired certificates stay until a tidy by hand.")
            ]
        }
        var results: [HealthResult] = []
        for name in ["interval_duration", "pause_duration"] {
            guard let value = settings[name], let time = HealthParameters.milliseconds(value)
            else { continue }
            for (status, level) in [
                (HealthStatus.critical, "critical"), (.warning, "warning"),
            ] {
                let bound = "\(name)_\(level)"
                guard time >= parameters.milliseconds(bound) else { continue }
                results.append(
                    HealthResult(
                        status, endpoint,
                        "\(name) is \(PlainValue.text(value, named: name)), and should be less "
                            + "than \(parameters.text(bound))."))
                break
            }
        }
        guard results.isEmpty else { return results }
        return [HealthResult(.ok, endpoint, "Auto-tidy is enabled.")]
    }

    static let tidyLastRun = HealthCheck(
        "tidy_last_run", [("last_run_critical", "7d"), ("last_run_warning", "2d")]
    ) { context, parameters in
        let endpoint = context.endpoint("tidy-status")
        let tidy = try await context.read("tidy-status") ?? JSONObject()
        if tidy["state"]?.stringValue == "Running" {
            return [HealthResult(.ok, endpoint, "A tidy is running.")]
        }
        if tidy["state"]?.stringValue == "Error" {
            return [HealthResult(.critical, endpoint, "The latest tidy failed.")]
        }
        guard let text = tidy["time_finished"]?.stringValue,
            let finished = CertificateTime(rfc3339: text)
        else {
            return [HealthResult(.critical, endpoint, "There has been no tidy yet.")]
        }
        let ago = context.now.seconds - finished.seconds
        for (status, bound) in [
            (HealthStatus.critical, "last_run_critical"), (.warning, "last_run_warning"),
        ] where ago >= Int64(parameters.seconds(bound)) {
            return [
                HealthResult(
                    status, endpoint,
                    "The latest tidy was at \(text), more than \(parameters.text(bound)) ago.")
            ]
        }
        return [HealthResult(.ok, endpoint, "The latest tidy was at \(text).")]
    }

    static let tooManyCertificates = HealthCheck(
        "too_many_certs", [("count_critical", 250_000), ("count_warning", 50_000)]
    ) { context, parameters in
        let tidy = try await context.readIfAllowed("tidy-status")
        let endpoint: String
        let count: Int
        if let counted = tidy?["current_cert_store_count"]?.intValue {
            (endpoint, count) = (context.endpoint("tidy-status"), counted)
        } else {
            (endpoint, count) = (
                context.endpoint("certs"), try await context.list("certs").count
            )
        }
        let says = "\(count) certificates are stored."
        if count >= parameters.integer("count_critical") {
            return [HealthResult(.critical, endpoint, says)]
        }
        if count >= parameters.integer("count_warning") {
            return [HealthResult(.warning, endpoint, says)]
        }
        return [HealthResult(.ok, endpoint, says)]
    }
}
