// `sys/audit` and `sys/audit-hash`: the audit devices.

internal import Audit
internal import JSON
internal import Paths

enum SysAudit {
    static let paths = [
        CorePath("audit", [.read: .immediate(list)], help: "List the audit devices."),
        CorePath(
            "audit-hash/:path*", [.update: .immediate(hash), .create: .immediate(hash)],
            fields: [.string("input", "Text to hash as the device's lines show it.")],
            help: "Hash a text as an audit device does."),
        CorePath(
            "audit/:path*",
            [
                .update: .suspending(enable), .create: .suspending(enable),
                .delete: .suspending(disable),
            ],
            fields: [
                .string("type", "file, syslog or socket."),
                .string("description", "Description for people."),
                .stringMap("options", "Options of the device."),
                .boolean("local", "Never copied to other clusters."),
            ], help: "Enable or disable an audit device."),
    ]

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        var data = JSONObject()
        for device in call.server.audit.devices { data[device.path] = device.presentation }
        return BackendAnswer(data: JSONValue.object(data).encoded())
    }

    private static func path(_ call: CoreCall) throws(BackendFailure) -> String {
        try MountPath(call.name("path")).text
    }

    private static func enable(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let fields = call.fields
        let type = fields.string("type") ?? ""
        let description = fields.string("description") ?? ""
        guard description.utf8.count <= AuditLimits.descriptionBytes else {
            throw BackendFailure(
                .invalidRequest,
                "the description can have at most \(AuditLimits.descriptionBytes) bytes")
        }
        var options: [String: String] = [:]
        for (name, value) in fields.stringMap("options") ?? [] {
            guard value.utf8.count <= AuditLimits.optionBytes else {
                throw BackendFailure(
                    .invalidRequest,
                    "option \(name.quotedForMessage) can have at most \(AuditLimits.optionBytes) "
                        + "bytes")
            }
            options[name] = value
        }
        let entry = AuditDeviceEntry(
            path: try path(call), type: type, description: description,
            isLocal: fields.boolean("local") ?? false, options: options, isDeclared: false)
        try await call.server.audit.enable(entry)
        return BackendAnswer()
    }

    private static func disable(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try await call.server.audit.disable(path(call))
        return BackendAnswer()
    }

    private static func hash(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        guard let input = call.fields.string("input"), !input.isEmpty else {
            throw BackendFailure(.invalidRequest, "the \"input\" parameter is empty")
        }
        let path = try path(call)
        guard let hash = call.server.audit.hash(input, at: path) else {
            throw BackendFailure(.invalidRequest, "unknown audit backend \"\(path)\"")
        }
        return BackendAnswer(data: JSONValue.object(["hash": .string(hash)]).encoded())
    }
}
