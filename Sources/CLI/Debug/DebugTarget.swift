// What `coffer debug` can gather, and from where.

import JSON

enum DebugTarget: String, Sendable, CaseIterable {
    case config
    case host
    case log
    case metrics
    case replicationStatus = "replication-status"
    case requests
    case serverStatus = "server-status"

    static func chosen(_ names: [String]) throws(UsageError) -> [DebugTarget] {
        if names.isEmpty { return allCases }
        var targets: [DebugTarget] = []
        for name in names.flatMap({ $0.split(separator: ",") }) {
            if name == "pprof" {
                throw UsageError("pprof is of Go's runtime, which this server does not have")
            }
            guard let target = DebugTarget(rawValue: String(name)) else {
                throw UsageError(
                    "there is no target \"\(name)\"; there are "
                        + allCases.map(\.rawValue).joined(separator: ", "))
            }
            if !targets.contains(target) { targets.append(target) }
        }
        return targets
    }

    /// The file in the output.
    var fileName: String {
        switch self {
        case .config: "config.json"
        case .host: "host_info.json"
        case .log: "coffer.log"
        case .metrics: "metrics.json"
        case .replicationStatus: "replication_status.json"
        case .requests: "requests.json"
        case .serverStatus: "server_status.json"
        }
    }

    /// What is asked each time, with the member of the entry that the answer becomes.
    var endpoints: [(member: String, path: String)] {
        switch self {
        case .config: [("", "sys/config/state/sanitized")]
        case .host: [("", "sys/host-info")]
        case .log: []
        case .metrics: [("", "sys/metrics")]
        case .replicationStatus: [("", "sys/replication/status")]
        case .requests: [("", "sys/in-flight-req")]
        case .serverStatus: [("health", "sys/health"), ("seal", "sys/seal-status")]
        }
    }
}

/// How long and how often.
struct DebugPlan: Sendable {
    var targets: [DebugTarget]
    var durationMilliseconds: Int
    var intervalMilliseconds: Int
    var metricsMilliseconds: Int
    var logFormat: String

    func milliseconds(_ target: DebugTarget) -> Int {
        switch target {
        // It does not change while a server runs.
        case .config: Int.max
        case .metrics: metricsMilliseconds
        default: intervalMilliseconds
        }
    }

    var shown: [(String, String)] {
        [
            ("       Duration", "\(durationMilliseconds / 1000)s"),
            ("       Interval", "\(intervalMilliseconds / 1000)s"),
            ("Metrics Interval", "\(metricsMilliseconds / 1000)s"),
            ("        Targets", targets.map(\.rawValue).joined(separator: ", ")),
        ]
    }
}
