// `sys/config/ui/headers`: headers of a web interface.

internal import JSON
internal import Paths
internal import Synchronization

enum SysUIHeaders {
    static let sudo = ["config/ui/headers", "config/ui/headers/*"]

    static let paths = [
        CorePath(
            "config/ui/headers/?", [.list: .immediate(list)],
            help: "The names of the web interface's headers."),
        CorePath(
            "config/ui/headers/:name",
            [
                .read: .immediate(read), .update: .suspending(write), .create: .suspending(write),
                .delete: .suspending(delete),
            ],
            fields: [
                .string("name", "Name of the header."),
                .stringList("values", "Its values."),
                .boolean("multivalue", "Show all values, not the first only."),
            ],
            help: "A header of the web interface."),
    ]

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let names = try call.server.uiHeaders.names()
        if names.isEmpty { return BackendAnswer() }
        return BackendAnswer(data: JSONValue.object(["keys": .strings(names)]).encoded())
    }

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        guard let values = try call.server.uiHeaders.values(call.name("name")),
            let first = values.first
        else { return BackendAnswer() }
        let data: JSONValue =
            call.fields.boolean("multivalue") ?? false
            ? ["values": .strings(values)] : ["value": .string(first)]
        return BackendAnswer(data: data.encoded())
    }

    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let name = call.name("name")
        let configured = call.core.surroundings.withLock { $0.headers }
        if configured?.isConfigured(name) ?? false {
            throw BackendFailure(
                .invalidRequest,
                "This header already exists in the server configuration and cannot be set in the "
                    + "UI.")
        }
        try await call.server.uiHeaders.put(name, call.fields.stringList("values") ?? [])
        return BackendAnswer()
    }

    private static func delete(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try await call.server.uiHeaders.delete(call.name("name"))
        return BackendAnswer()
    }
}
