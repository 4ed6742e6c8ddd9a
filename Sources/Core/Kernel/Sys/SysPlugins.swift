// `sys/plugins/catalog`: which engines can be mounted.

internal import JSON
internal import Paths

enum SysPlugins {
    static let paths = [
        CorePath(
            "plugins/catalog", [.read: .immediate(readAll)],
            help: "The engines that can be mounted."),
        CorePath(
            "plugins/catalog/:kind/", [.list: .immediate(list)],
            help: "The engines of one kind that can be mounted."),
    ]

    private static func readAll(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        var data = JSONObject()
        for kind in [BackendKind.auth, .database, .secret] {
            data[kind.rawValue] = .array(types(call, kind))
        }
        data["detailed"] = .array(
            call.core.launcher.catalog.sorted { $0.type < $1.type }.map { entry in
                [
                    "builtin": .bool(entry.isBuiltin), "name": .string(entry.type),
                    "type": .string(entry.kind.rawValue), "version": .string(entry.version),
                    "deprecation_status": "supported",
                ]
            })
        return BackendAnswer(data: JSONValue.object(data).encoded())
    }

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        guard let kind = BackendKind(rawValue: call.name("kind")) else {
            throw BackendFailure(.invalidRequest, "plugin type must be auth, database or secret")
        }
        let types = types(call, kind)
        if types.isEmpty { return BackendAnswer() }
        return BackendAnswer(data: JSONValue.object(["keys": .array(types)]).encoded())
    }

    private static func types(_ call: CoreCall, _ kind: BackendKind) -> [JSONValue] {
        call.core.launcher.catalog.filter { $0.kind == kind }.map(\.type).sorted().map {
            .string($0)
        }
    }
}
