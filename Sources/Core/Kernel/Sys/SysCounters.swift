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
        try answer("service_tokens", call, "token/id/")
    }

    private static func entities(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try answer("entities", call, "identity/entity/")
    }

    /// Counted by the names of their entries, page by page, in the namespaces below too; slow when
    /// there are very many.
    private static func answer(
        _ name: String, _ call: CoreCall, _ folder: String
    ) throws(BackendFailure) -> BackendAnswer {
        let (own, namespaces) = (call.state.namespace, call.server.namespaces)
        var total = 0
        for namespace in [own] + namespaces.tree.value.descendants(of: own)
        where namespace.condition == .active {
            total += try namespaces.surroundings.barrier.count(of: namespace.storagePrefix + folder)
        }
        let count: JSONValue = ["total": .number(JSONNumber(total))]
        let data: JSONValue = ["counters": .object(JSONObject([(name, count)]))]
        return BackendAnswer(data: data.encoded())
    }

    private static func activity(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        throw BackendFailure(
            .unsupportedPath,
            "client activity is not counted: this server has no billing that would need it")
    }
}
