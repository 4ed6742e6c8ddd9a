// `sys/internal/counters`: how many tokens and entities there are.

internal import JSON
internal import Paths

enum SysCounters {
    static let paths = [
        CorePath(
            "internal/counters/tokens", [.read: .suspending(tokens)],
            help: "The number of service tokens."),
        CorePath(
            "internal/counters/entities", [.read: .suspending(entities)],
            help: "The number of entities."),
        CorePath(
            "internal/counters/activity", [.read: .immediate(activity)],
            help: "Client activity, which this server does not count."),
        CorePath(
            "internal/counters/activity/:path*", [.read: .immediate(activity)],
            help: "Client activity, which this server does not count."),
        CorePath(
            "internal/counters/config", [.read: .immediate(activity)],
            help: "Settings of client activity, which this server does not count."),
    ]

    private static func tokens(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        answer("service_tokens", try call.state.tokens.count())
    }

    private static func entities(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        answer("entities", call.state.identity.read { $0.entities.count })
    }

    private static func answer(_ name: String, _ total: Int) -> BackendAnswer {
        let total: JSONValue = ["total": .number(JSONNumber(total))]
        let data: JSONValue = ["counters": .object(JSONObject([(name, total)]))]
        return BackendAnswer(data: data.encoded())
    }

    private static func activity(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        throw BackendFailure(
            .unsupportedPath,
            "client activity is not counted: this server has no billing that would need it")
    }
}

extension TokenStore {
    /// Counted page by page; slow when there are very many.
    func count() throws(BackendFailure) -> Int {
        var total = 0
        var after = ""
        while true {
            let names = try names("id/", after: after, limit: KernelLimits.listPageEntries)
            total += names.count
            guard names.count == KernelLimits.listPageEntries, let last = names.last else {
                return total
            }
            after = last
        }
    }
}
