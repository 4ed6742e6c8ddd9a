// `sys/quotas/rate-limit` and `sys/quotas/config`.

internal import JSON
internal import Paths

enum SysQuotas {
    static let paths = [
        CorePath(
            "quotas/config",
            [
                .read: .immediate(readConfiguration), .update: .suspending(writeConfiguration),
                .create: .suspending(writeConfiguration),
            ],
            fields: [
                .stringList("rate_limit_exempt_paths", "Paths that no rate limit applies to."),
                .stringList(
                    "absolute_rate_limit_exempt_paths",
                    "The same, with the namespace as seen from the root."),
                .boolean(
                    "enable_rate_limit_audit_logging",
                    "Write requests refused by a rate limit to the audit log."),
                .boolean(
                    "enable_rate_limit_response_headers", "Tell clients what is left to them."),
            ],
            help: "What holds for all rate limits."),
        CorePath(
            "quotas/rate-limit/", [.list: .immediate(list)], help: "The names of rate limits."),
        CorePath(
            "quotas/rate-limit/:name",
            [
                .read: .immediate(read), .update: .suspending(write), .create: .suspending(write),
                .delete: .suspending(delete),
            ],
            fields: [
                .string("type", "\"rate-limit\"."),
                .string("path", "A mount or a path below one; empty for everything."),
                .any("rate", "How many requests a client may make in an interval."),
                .duration("interval", "The interval; one second unless given."),
                .duration(
                    "block_interval", "How long a client that asked too often gets nothing."),
                .boolean("inheritable", "Whether it holds for namespaces below."),
                .string("role", "Only logins with this role; not available."),
            ],
            help: "A rate limit."),
    ]

    // MARK: Rate limits

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        answer(names: call.server.quotas.names(ofType: RateLimitQuota.type))
    }

    static func answer(names: [String]) -> BackendAnswer {
        if names.isEmpty { return BackendAnswer() }
        let data: JSONValue = ["keys": .array(names.map { .string($0) })]
        return BackendAnswer(data: data.encoded())
    }

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        guard let quota = call.server.quotas.rateLimit(call.name("name")) else {
            return BackendAnswer()
        }
        return BackendAnswer(data: quota.presentation.encoded())
    }

    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let known = call.server.quotas.rateLimit(call.name("name"))
        let common = try await common(call, RateLimitQuota.type, knownPath: known?.path)
        guard let rate = try rate(call.fields) ?? known?.rate, rate > 0, rate.isFinite else {
            throw invalidRate
        }
        var interval = Int64(call.fields.duration("interval") ?? Int(known?.intervalSeconds ?? 1))
        if interval == 0 { interval = 1 }
        let block = Int64(call.fields.duration("block_interval") ?? Int(known?.blockSeconds ?? 0))
        guard interval <= KernelLimits.quotaIntervalSeconds else {
            throw tooLong("interval")
        }
        guard block <= KernelLimits.quotaIntervalSeconds else {
            throw tooLong("block_interval")
        }
        let isInherited = common.scope.isOfNamespace(common.path)
        let inheritable = call.fields.boolean("inheritable") ?? isInherited
        if inheritable != isInherited {
            throw BackendFailure(
                .invalidRequest,
                isInherited
                    ? "quotas of namespaces hold in those below too: they must be inheritable"
                    : "only quotas of namespaces can be inheritable")
        }
        try await call.server.quotas.put(
            RateLimitQuota(
                name: common.name, path: common.path, scope: common.scope, rate: rate,
                intervalSeconds: interval, blockSeconds: block, isInheritable: inheritable))
        return BackendAnswer()
    }

    /// A number, or a text that is one.
    private static func rate(_ fields: FieldValues) throws(BackendFailure) -> Double? {
        switch fields.value("rate") {
        case nil, .null: return nil
        case .number(let number): return number.double
        case .string(let text): return Double(text) ?? .nan
        default: throw invalidRate
        }
    }

    private static var invalidRate: BackendFailure {
        BackendFailure(
            .invalidRequest,
            "'rate' is invalid: it must be a number of requests above 0, such as 100 or 0.5")
    }

    private static func tooLong(_ field: String) -> BackendFailure {
        BackendFailure(
            .invalidRequest,
            "'\(field)' is too long: it can be at most \(KernelLimits.quotaIntervalSeconds) seconds"
        )
    }

    private static func delete(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try await call.server.quotas.delete(call.name("name"), ofType: RateLimitQuota.type)
        return BackendAnswer()
    }

    // MARK: What both kinds of quotas have

    static func common(
        _ call: CoreCall, _ type: String, knownPath: String?
    ) async throws(BackendFailure) -> (name: String, path: String, scope: QuotaScope) {
        let name = call.name("name")
        guard name.utf8.count <= KernelLimits.quotaNameBytes,
            name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw BackendFailure(
                .invalidRequest,
                "a quota's name is printable ASCII of at most \(KernelLimits.quotaNameBytes) bytes")
        }
        if let asked = call.fields.string("type"), !asked.isEmpty, asked != type {
            throw BackendFailure(.invalidRequest, "quota type must be \"\(type)\" on this path")
        }
        if let role = call.fields.string("role"), !role.isEmpty {
            throw BackendFailure(
                .invalidRequest, "quotas for single roles are not available in this version")
        }
        let path = call.fields.string("path") ?? knownPath ?? ""
        return (name, path, try await QuotaScope(path, namespaces: call.server.namespaces))
    }

    // MARK: Configuration

    private static func readConfiguration(
        _ call: CoreCall
    ) throws(BackendFailure) -> BackendAnswer {
        BackendAnswer(data: call.server.quotas.configuration.presentation.encoded())
    }

    private static func writeConfiguration(
        _ call: CoreCall
    ) async throws(BackendFailure) -> BackendAnswer {
        var configuration = call.server.quotas.configuration
        let fields = call.fields
        if let paths = fields.stringList("rate_limit_exempt_paths") {
            configuration.exemptPaths = try exemptPaths(paths)
        }
        if let paths = fields.stringList("absolute_rate_limit_exempt_paths") {
            configuration.absoluteExemptPaths = try exemptPaths(paths)
        }
        if let flag = fields.boolean("enable_rate_limit_audit_logging") {
            configuration.auditsRefusals = flag
        }
        if let flag = fields.boolean("enable_rate_limit_response_headers") {
            configuration.addsHeaders = flag
        }
        try await call.server.quotas.put(configuration)
        return BackendAnswer()
    }

    private static func exemptPaths(_ paths: [String]) throws(BackendFailure) -> [String] {
        guard paths.count <= KernelLimits.quotasPerType else {
            throw BackendFailure(
                .invalidRequest,
                "too many exempt paths: at most \(KernelLimits.quotasPerType) are possible"
            )
        }
        guard paths.allSatisfy({ $0.utf8.count <= KernelLimits.requestPathBytes }) else {
            throw BackendFailure(
                .invalidRequest,
                "an exempt path can have at most \(KernelLimits.requestPathBytes) bytes")
        }
        return paths
    }
}
