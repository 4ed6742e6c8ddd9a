// What a check of a mount's health comes to. The codes are exit codes as well.

import JSON

enum HealthStatus: Int, Sendable, Comparable {
    case notApplicable = 0
    case ok = 1
    case informational = 2
    case warning = 3
    case critical = 4
    case invalidVersion = 5
    case insufficientPermissions = 6

    var name: String {
        switch self {
        case .notApplicable: "not_applicable"
        case .ok: "ok"
        case .informational: "informational"
        case .warning: "warning"
        case .critical: "critical"
        case .invalidVersion: "invalid_version"
        case .insufficientPermissions: "insufficient_permissions"
        }
    }

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// `indicator` is the least severity that is an exit code, by the name that the flag has.
    func exitCode(indicator: String) -> ExitCode {
        let least: HealthStatus =
            switch indicator {
            case "permission": .invalidVersion
            case "critical": .critical
            case "warning": .warning
            default: .informational
            }
        return self >= least ? ExitCode(value: Int32(rawValue)) : .success
    }
}

struct HealthResult: Sendable, Equatable {
    let status: HealthStatus
    let endpoint: String
    let message: String

    init(_ status: HealthStatus, _ endpoint: String, _ message: String) {
        self.status = status
        self.endpoint = endpoint
        self.message = message
    }

    var json: JSONValue {
        .object(
            JSONObject([
                ("status", .string(status.name)), ("status_code", .int(status.rawValue)),
                ("endpoint", .string(endpoint)), ("message", .string(message)),
            ]))
    }
}

/// Ends a check: there is nothing that it could look at.
struct HealthRefusal: Error {
    let result: HealthResult

    init(_ status: HealthStatus, _ endpoint: String, _ message: String) {
        result = HealthResult(status, endpoint, message)
    }
}
