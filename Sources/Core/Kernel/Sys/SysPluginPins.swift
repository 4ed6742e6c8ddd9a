// `sys/plugins/pins`: the versions that plugins are held to, whatever their mounts ask for.

internal import JSON
internal import Paths

enum SysPluginPins {

    static let paths = [
        CorePath(
            "plugins/pins/?", [.read: .immediate(readAll), .list: .immediate(readAll)],
            help: "The plugins that are pinned to a version."),
        CorePath(
            "plugins/pins/:kind/:name",
            [
                .read: .immediate(read), .update: .suspending(pin), .delete: .suspending(unpin),
            ],
            fields: [.string("version", "Version of the catalog that every mount is to run.")],
            help: "Pin a plugin to a version. It takes effect when the plugin is reloaded."),
    ]

    private static func readAll(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let pins = call.server.plugins.pins.map { presentation($0.id, $0.version) }
        return BackendAnswer(
            data: JSONValue.object(["pinned_versions": .array(pins)]).encoded())
    }

    private static func presentation(_ id: PluginID, _ version: String) -> JSONValue {
        [
            "name": .string(id.name), "type": .string(id.kind.rawValue),
            "version": .string(version),
        ]
    }

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let id = try SysPluginCatalog.id(call)
        guard let version = call.server.plugins.pin(id) else { return BackendAnswer() }
        return BackendAnswer(data: presentation(id, version).encoded())
    }

    private static func pin(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let id = try SysPluginCatalog.id(call)
        let version = try PluginRegistration.version(call.fields)
        guard !version.isEmpty else {
            throw BackendFailure(.invalidRequest, "missing version: say which one to pin")
        }
        try await call.server.plugins.pin(id, to: version)
        return BackendAnswer()
    }

    private static func unpin(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try await call.server.plugins.unpin(try SysPluginCatalog.id(call))
        return BackendAnswer()
    }
}
