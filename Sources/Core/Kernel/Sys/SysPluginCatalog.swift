// `sys/plugins/catalog`: which plugins there are, and which program each of them is.

internal import Cryptography
internal import JSON
internal import Logging
internal import Paths

enum SysPluginCatalog {
    static let paths = [
        CorePath(
            "plugins/catalog", [.read: .immediate(readAll), .list: .immediate(readAll)],
            help: "The plugins that can be mounted."),
        CorePath(
            "plugins/catalog/:kind/?", [.list: .immediate(list)],
            help: "The plugins of one kind that can be mounted."),
        CorePath(
            "plugins/catalog/:kind/:name",
            [
                .read: .suspending(read), .update: .suspending(register),
                .delete: .suspending(deregister),
            ],
            fields: PluginRegistration.fields,
            help: "Register, read or remove a plugin."),
    ]

    // MARK: Lists

    private static func readAll(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let catalog = call.server.plugins
        var data = JSONObject()
        for kind in [BackendKind.auth, .database, .secret] {
            data[kind.rawValue] = .strings(names(catalog, kind))
        }
        let entries =
            catalog.builtIns.map { entry in
                let name = PluginID(kind: entry.kind, name: entry.type)
                return (name, entry.shownVersion, presentation(of: entry))
            } + catalog.programs.map { ($0.id, $0.version, presentation(of: $0)) }
        data["detailed"] = .array(
            entries.sorted { ($0.0.key, $0.1) < ($1.0.key, $1.1) }.map { .object($0.2) })
        return BackendAnswer(data: JSONValue.object(data).encoded())
    }

    private static func presentation(of entry: CatalogEntry) -> JSONObject {
        var object = JSONObject([
            ("builtin", .bool(entry.isBuiltin)), ("name", .string(entry.type)),
            ("type", .string(entry.kind.rawValue)), ("version", .string(entry.shownVersion)),
        ])
        if entry.isBuiltin { object["deprecation_status"] = "supported" }
        return object
    }

    private static func presentation(of program: PluginProgram) -> JSONObject {
        JSONObject([
            ("builtin", false), ("name", .string(program.name)),
            ("type", .string(program.kind.rawValue)),
            ("version", .string(program.version)),
            ("sha256", .string(Hex.encode(program.digest))),
        ])
    }

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let names = names(call.server.plugins, try kind(call))
        if names.isEmpty { return BackendAnswer() }
        return BackendAnswer(data: JSONValue.object(["keys": .strings(names)]).encoded())
    }

    private static func names(_ catalog: PluginCatalog, _ kind: BackendKind) -> [String] {
        let names =
            catalog.builtIns.filter { $0.kind == kind }.map(\.type)
            + catalog.programs.filter { $0.kind == kind }.map(\.name)
        return Set(names).sorted()
    }

    // MARK: One plugin

    static func kind(_ call: CoreCall) throws(BackendFailure) -> BackendKind {
        let text = call.name("kind")
        guard let kind = BackendKind(rawValue: text) else {
            throw BackendFailure(
                .invalidRequest,
                "\"\(VisibleText.escaping(text))\" is not a supported plugin type: it must be "
                    + "auth, database or secret")
        }
        return kind
    }

    static func id(_ call: CoreCall) throws(BackendFailure) -> PluginID {
        let name = call.name("name")
        guard PluginID.isName(name) else {
            throw BackendFailure(
                .invalidRequest,
                "a plugin's name may have letters, digits and \"-\", \"_\" and \".\" in it, and at "
                    + "most \(KernelLimits.pluginNameBytes) of them")
        }
        return PluginID(kind: try kind(call), name: name)
    }

    private static func read(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let id = try id(call)
        let version = try PluginVersion(call.fields.string("version") ?? "").text
        if let program = call.server.plugins.program(id, version: version) {
            return BackendAnswer(data: details(program).encoded())
        }
        guard let builtIn = call.server.plugins.builtIn(id),
            version.isEmpty || builtIn.shownVersion == version
        else { return BackendAnswer() }
        var object = presentation(of: builtIn)
        object["type"] = nil
        object["args"] = .null
        object["command"] = ""
        object["sha256"] = ""
        let permissions = try await call.server.plugins.permissions(of: builtIn)
        for (name, value) in permissions.json.members { object[name] = value }
        return BackendAnswer(data: JSONValue.object(object).encoded())
    }

    /// The environment may hold secrets and is not shown.
    private static func details(_ program: PluginProgram) -> JSONValue {
        var object = JSONObject([
            ("args", .strings(program.arguments)), ("builtin", false),
            ("command", .string(program.command)), ("name", .string(program.name)),
            ("sha256", .string(Hex.encode(program.digest))),
            ("version", .string(program.version)),
        ])
        for (name, value) in program.permissions.json.members { object[name] = value }
        return .object(object)
    }

    private static func register(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let program = try PluginRegistration.program(try id(call), call.fields)
        let needed = try await call.server.plugins.register(program)
        // A permission that was spelt wrong would be missed when the plugin runs.
        var warnings = UnrecognizedParameters.warning(call.fields.unknown).map { [$0] } ?? []
        let lacking = program.permissions.lacking(needed)
        if !lacking.isEmpty {
            warnings.append(
                "the program says that it needs more than this entry permits: "
                    + lacking.map(VisibleText.escaping).joined(separator: ", "))
        }
        let opened = ServerFiles.warnings(
            program.permissions,
            call.core.settings.files + ServerFiles.logs(of: call.server.audit.devices))
        for warning in opened {
            call.core.logger.warning(
                "an entry of the plugin catalog opens a file of the server to a plugin",
                metadata: ["plugin": "\(program.id.label)", "reason": "\(warning)"])
        }
        return BackendAnswer(warnings: warnings + opened)
    }

    private static func deregister(
        _ call: CoreCall
    ) async throws(BackendFailure) -> BackendAnswer {
        let id = try id(call)
        let version = try PluginVersion(call.fields.string("version") ?? "").text
        let plugins = call.server.plugins
        var warning: String?
        if plugins.program(id, version: version) != nil {
            let mounts = try await PluginUses.mounts(of: id, version: version, in: call.server)
            warning = PluginUses.warning(id, version: version, mounts)
        }
        try await plugins.deregister(id, version: version)
        return BackendAnswer(warnings: warning.map { [$0] } ?? [])
    }
}
