// `sys/config/auditing/request-headers`: which request headers audit lines show.

internal import JSON
internal import Paths

enum SysAuditHeaders {
    static let paths = [
        CorePath(
            "config/auditing/request-headers", [.read: .immediate(list)],
            help: "List the audited request headers."),
        CorePath(
            "config/auditing/request-headers/:header",
            [
                .read: .immediate(read), .update: .suspending(write), .create: .suspending(write),
                .delete: .suspending(delete),
            ],
            fields: [.boolean("hmac", "Whether the header's value is hashed.")],
            help: "Read, write or delete an audited request header."),
    ]

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let headers = call.core.audit.headers.value.presentation
        return BackendAnswer(data: JSONValue.object(["headers": headers]).encoded())
    }

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        guard let header = call.core.audit.headers.value[call.name("header")] else {
            throw BackendFailure(.invalidRequest, "Could not find header in config")
        }
        var data = JSONObject()
        data[header.name] = .object(["hmac": .bool(header.isHashed)])
        return BackendAnswer(data: JSONValue.object(data).encoded())
    }

    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let name = call.name("header")
        guard AuditedHeaders.isName(name) else {
            throw BackendFailure(
                .invalidRequest,
                "invalid header name: it can have letters, digits and signs such as \"-\"")
        }
        let isHashed = call.fields.boolean("hmac") ?? false
        try await call.server.audit.changeHeaders { headers throws(BackendFailure) in
            try headers.set(name, isHashed: isHashed)
        }
        return BackendAnswer()
    }

    private static func delete(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let name = call.name("header")
        try await call.server.audit.changeHeaders { headers throws(BackendFailure) in
            headers.remove(name)
        }
        return BackendAnswer()
    }
}
