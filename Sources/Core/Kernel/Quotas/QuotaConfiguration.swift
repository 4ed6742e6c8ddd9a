// `sys/quotas/config`: what holds for all rate limits.

internal import JSON

struct QuotaConfiguration: Sendable {
    /// Below any namespace.
    var exemptPaths = Self.usualExemptPaths
    /// With the namespace, as seen from the root.
    var absoluteExemptPaths: [String] = []
    var auditsRefusals = false
    var addsHeaders = false

    /// What operators need most when somebody floods the server.
    static let usualExemptPaths = [
        "sys/generate-root/attempt", "sys/generate-root/update", "sys/health",
        "sys/internal/ui/mounts", "sys/seal-status", "sys/unseal",
    ]
    private static let format = 1

    var presentation: JSONValue {
        [
            "absolute_rate_limit_exempt_paths": .array(absoluteExemptPaths.map { .string($0) }),
            "enable_rate_limit_audit_logging": .bool(auditsRefusals),
            "enable_rate_limit_response_headers": .bool(addsHeaders),
            "rate_limit_exempt_paths": .array(exemptPaths.map { .string($0) }),
        ]
    }

    func encoded() -> [UInt8] {
        guard case .object(var object) = presentation else { return [] }
        object["v"] = .number(JSONNumber(Self.format))
        return JSONValue.object(object).encoded()
    }

    init() {}

    init?(decoding bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), value["v"]?.intValue == Self.format else {
            return nil
        }
        func list(_ name: String) -> [String] {
            value[name]?.arrayValue?.compactMap(\.stringValue) ?? []
        }
        exemptPaths = list("rate_limit_exempt_paths")
        absoluteExemptPaths = list("absolute_rate_limit_exempt_paths")
        auditsRefusals = value["enable_rate_limit_audit_logging"]?.boolValue ?? false
        addsHeaders = value["enable_rate_limit_response_headers"]?.boolValue ?? false
    }
}
