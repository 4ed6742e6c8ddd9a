// `sys/internal/inspect`: what the router and a request look like inside, for debugging. There only
// if the configuration says so.

internal import Cryptography
internal import JSON
internal import Paths

enum SysInspect {
    static let paths = [
        CorePath(
            "internal/inspect/router/:tag", [.read: .immediate(router)],
            help: "The mounts as the router has them: root, uuid, accessor or storage."),
        CorePath(
            "internal/inspect/request", [.read: .immediate(request)],
            help: "This request as the core sees it."),
        CorePath(
            "internal/inspect/request/root", [.read: .immediate(request)],
            help: "This request as the core sees it."),
    ]

    static let sudo = ["internal/inspect/*"]

    private static func requireEnabled(_ call: CoreCall) throws(BackendFailure) {
        guard call.core.settings.isIntrospectionEnabled else {
            throw BackendFailure(
                .invalidRequest,
                "the configuration must set \"introspection_endpoint\" to true to enable this "
                    + "endpoint")
        }
    }

    private static func router(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        try requireEnabled(call)
        let tag = call.name("tag")
        let showsStorage: Bool
        switch tag {
        case "root", "storage": showsStorage = true
        case "uuid", "accessor": showsStorage = false
        default: throw BackendFailure(.unsupportedPath, "unsupported path")
        }
        let mounts = call.state.mounts.mounts(.secret) + call.state.mounts.mounts(.auth)
        let entries: [JSONValue] = mounts.map { mount in
            let entry = mount.entry
            var object = JSONObject([
                ("accessor", .string(entry.accessor)),
                ("mount_namespace", ""),
                ("mount_path", .string(entry.path)),
                ("mount_type", .string(entry.type)),
                ("uuid", .string(entry.id.text)),
            ])
            if showsStorage {
                object["storage_prefix"] = .string(call.state.mounts.dataPrefix(entry))
                object["tainted"] = false
            }
            return .object(object)
        }
        return BackendAnswer(data: JSONValue.object([tag: .array(entries)]).encoded())
    }

    /// Without the token: nobody needs it who has it.
    private static func request(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        try requireEnabled(call)
        let request = call.request
        let data: JSONValue = [
            "req": [
                "id": .string(request.requestID.text),
                "operation": "read",
                "path": .string(request.path),
                "mount_point": "sys/",
                "mount_type": "system",
                "entity_id": .string(request.entityID),
                "display_name": .string(request.displayName),
                "client_token_accessor": .string(call.caller?.token.entry.accessor ?? ""),
                "connection": ["remote_addr": .string(request.remoteAddress)],
            ]
        ]
        return BackendAnswer(data: data.encoded())
    }
}
