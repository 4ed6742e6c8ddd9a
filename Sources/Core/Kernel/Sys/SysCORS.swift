// `sys/config/cors`: which web pages may use the API.

internal import JSON
internal import Paths

enum SysCORS {
    static let sudo = ["config/cors"]

    static let paths = [
        CorePath(
            "config/cors",
            [
                .read: .immediate(read), .update: .suspending(write), .create: .suspending(write),
                .delete: .suspending(delete),
            ],
            fields: [
                .stringList(
                    "allowed_origins", "Origins whose pages may use the API; \"*\" alone is all."),
                .stringList("allowed_headers", "Headers they may send, beside the usual ones."),
                .boolean("allow_credentials", default: false, "Not available."),
            ],
            help: "Which web pages may use the API.")
    ]

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let data: JSONValue
        if let rules = call.server.cors.rules {
            data = [
                "enabled": true, "allowed_origins": .strings(rules.origins),
                "allowed_headers": .strings(rules.headers), "allow_credentials": false,
            ]
        } else {
            data = ["enabled": false]
        }
        return BackendAnswer(data: data.encoded())
    }

    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        guard !(call.fields.boolean("allow_credentials") ?? false) else {
            throw BackendFailure(
                .invalidRequest,
                "\"allow_credentials\" is not available: browsers get no leave to send them")
        }
        let rules = try CORSRules(
            origins: call.fields.stringList("allowed_origins") ?? [],
            headers: call.fields.stringList("allowed_headers") ?? [])
        try await call.server.cors.set(rules)
        return BackendAnswer()
    }

    private static func delete(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try await call.server.cors.set(nil)
        return BackendAnswer()
    }
}
