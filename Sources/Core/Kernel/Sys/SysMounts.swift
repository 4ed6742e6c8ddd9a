// `sys/mounts` and `sys/auth`: what is mounted where.

internal import Cryptography
internal import JSON
internal import Paths

enum SysMounts {
    static let paths = MountPaths.make("mounts", .secret)
}

enum SysAuth {
    static let paths = MountPaths.make("auth", .auth)
}

/// The same paths for secrets engines and for auth methods.
enum MountPaths {
    static func make(_ root: String, _ kind: BackendKind) -> [CorePath] {
        [
            CorePath(
                root, [.read: .immediate { call throws(BackendFailure) in list(call, kind) }],
                help: "List what is mounted."),
            CorePath(
                "\(root)/:path*/tune",
                [
                    .read: .immediate { call throws(BackendFailure) in try readTuning(call, kind) },
                    .update: .suspending { call async throws(BackendFailure) in
                        try await tune(call, kind)
                    },
                ],
                fields: MountFields.settings + [
                    .string("description", "Description for people."),
                    .object("options", "Options of the engine."),
                    .string("plugin_version", "Version of the engine."),
                ], help: "Read or change a mount's settings."),
            CorePath(
                "\(root)/:path*",
                [
                    .read: .immediate { call throws(BackendFailure) in try read(call, kind) },
                    .update: .suspending { call async throws(BackendFailure) in
                        try await enable(call, kind)
                    },
                    .delete: .suspending { call async throws(BackendFailure) in
                        try await disable(call, kind)
                    },
                ],
                fields: [
                    .string("type", "Engine to mount."),
                    .string("description", "Description for people."),
                    .object("config", "Settings, as tune takes them."),
                    .object("options", "Options of the engine."),
                    .boolean("local", "Never copied to other clusters."),
                    .boolean("seal_wrap", "Wrapped by the seal too."),
                    .string("plugin_name", "Old name of type."),
                    .string("plugin_version", "Version of the engine."),
                    .boolean("external_entropy_access", "Not available."),
                ], help: "Enable, read or disable a mount."),
        ]
    }

    // MARK: Reading

    private static func list(_ call: CoreCall, _ kind: BackendKind) -> BackendAnswer {
        var data = JSONObject()
        for mount in call.state.mounts.mounts(kind) {
            data[mount.entry.path] = MountPresentation.object(mount)
        }
        return BackendAnswer(data: JSONValue.object(data).encoded())
    }

    private static func route(
        _ call: CoreCall, _ kind: BackendKind
    ) throws(BackendFailure) -> String {
        let path = try MountPath(call.name("path")).text
        return kind == .auth ? "auth/" + path : path
    }

    /// Auth methods are read and tuned at `sys/mounts/auth/…` as well: many clients do, since that
    /// takes no sudo. Enabling and disabling them is for `sys/auth` only.
    private static func find(
        _ call: CoreCall, _ kind: BackendKind
    ) throws(BackendFailure) -> Mount {
        let route = try route(call, kind)
        let isAuth = kind == .auth || isBelowAuth(route)
        guard let mount = call.state.mounts[route],
            mount.entry.kind == (isAuth ? .auth : kind)
        else {
            throw BackendFailure(
                .invalidRequest,
                isAuth
                    ? "No auth engine at \(route.dropFirst("auth/".count))"
                    : "No secret engine mount at \(route)")
        }
        return mount
    }

    private static func read(_ call: CoreCall, _ kind: BackendKind) throws(BackendFailure)
        -> BackendAnswer
    { BackendAnswer(data: MountPresentation.object(try find(call, kind)).encoded()) }

    private static func readTuning(
        _ call: CoreCall, _ kind: BackendKind
    ) throws(BackendFailure) -> BackendAnswer {
        let mount = try find(call, kind)
        let lifetimes = call.state.mounts.lifetimes(mount.entry.settings)
        return BackendAnswer(
            data: JSONValue.object(MountPresentation.tuning(mount, lifetimes: lifetimes))
                .encoded())
    }

    // MARK: Changing

    private static func enable(
        _ call: CoreCall, _ kind: BackendKind
    ) async throws(BackendFailure) -> BackendAnswer {
        let fields = call.fields
        let path = try MountPath(call.name("path")).text
        var type = fields.string("type") ?? ""
        if type.isEmpty || type == "plugin" { type = fields.string("plugin_name") ?? type }
        guard !type.isEmpty else {
            throw BackendFailure(.invalidRequest, "backend type must be specified as a string")
        }
        try refuseReserved(path, kind)
        var options = try stringOptions(fields)
        // `kv-v2` is how people ask for the second version of the engine.
        if let versioned = VersionedType(type) {
            type = versioned.type
            options["version"] = options["version"] ?? versioned.version
        }
        var settings = MountSettings()
        if let config = fields.object("config") {
            do {
                let values = try FieldValues(
                    fields: MountFields.settings, captures: Captures.none, data: .object(config))
                try MountFields.apply(values, to: &settings, kind: kind, system: call.core.settings)
            } catch let error as FieldError {
                throw BackendFailure(.invalidRequest, error.message)
            } catch let error as BackendFailure {
                throw error
            } catch { throw BackendFailure(.invalidRequest, "invalid config") }
        }
        let entry = MountEntry(
            path: path, kind: kind, type: type, description: fields.string("description") ?? "",
            id: UUID128(), accessor: (kind == .auth ? "auth_" : "") + type + "_" + randomSuffix(),
            options: options, settings: settings, isLocal: fields.boolean("local") ?? false,
            isSealWrapped: fields.boolean("seal_wrap") ?? false,
            pluginVersion: try version(of: PluginID(kind: kind, name: type), call))
        try await call.state.mounts.enable(entry)
        return BackendAnswer()
    }

    /// Beside the other fields, as the API says, or among the settings, as some clients send it.
    private static func version(
        of plugin: PluginID, _ call: CoreCall
    ) throws(BackendFailure) -> String {
        var asked = call.fields.string("plugin_version") ?? ""
        if asked.isEmpty {
            asked = call.fields.object("config")?["plugin_version"]?.stringValue ?? ""
        }
        return try call.server.plugins.choose(plugin, asking: asked)
    }

    private static func randomSuffix() -> String { Hex.encode(SecureRandom.bytes(4)) }

    private static func refuseReserved(_ path: String, _ kind: BackendKind) throws(BackendFailure) {
        if (kind != .auth && isBelowAuth(path))
            || isReserved(kind == .auth ? "auth/" + path : path)
        {
            throw BackendFailure(
                .invalidRequest, "cannot mount under existing or reserved path \"\(path)\"")
        }
    }

    private static func isBelowAuth(_ route: String) -> Bool {
        route.utf8.starts(with: "auth/".utf8)
    }

    /// Where the core's own engines are, or will be; a route with its trailing slash.
    static func isReserved(_ route: String) -> Bool {
        let own = ["sys/", "audit/", "cubbyhole/", "identity/", "auth/token/"]
        return route.utf8.elementsEqual("auth/".utf8)
            || own.contains { route.utf8.starts(with: $0.utf8) }
    }

    private static func stringOptions(
        _ fields: FieldValues
    ) throws(BackendFailure) -> [String: String] {
        var options: [String: String] = [:]
        for member in fields.object("options")?.members ?? [] {
            switch member.value {
            case .string(let text): options[member.key] = text
            case .number(let number): options[member.key] = number.text
            case .bool(let flag): options[member.key] = flag ? "true" : "false"
            case .null: break
            default:
                throw BackendFailure(.invalidRequest, "option \"\(member.key)\" must be a string")
            }
        }
        return options
    }

    private static func disable(
        _ call: CoreCall, _ kind: BackendKind
    ) async throws(BackendFailure) -> BackendAnswer {
        let state = call.state
        let route = try route(call, kind)
        if kind != .auth, isBelowAuth(route) {
            throw BackendFailure(.invalidRequest, "cannot unmount \"\(route)\"")
        }
        let mount = state.mounts[route]
        try await state.mounts.disable(route) { mount throws(BackendFailure) in
            try await state.endGiven(by: mount)
        }
        if let mount { try await state.lockout.forgetAll(ofMount: mount.entry.id) }
        return BackendAnswer()
    }

    private static func tune(
        _ call: CoreCall, _ kind: BackendKind
    ) async throws(BackendFailure) -> BackendAnswer {
        let mount = try find(call, kind)
        let fields = call.fields
        try checkTunable(mount, fields)
        if mount.isBuiltIn, fields.isPresent("token_type") {
            throw BackendFailure(
                .invalidRequest, "'token_type' cannot be set for 'token' or 'ns_token' auth mounts")
        }
        let options = try stringOptions(fields)
        let system = call.core.settings
        let upgrade = try versionChange(of: mount.entry, to: options["version"])
        var version: String?
        if fields.isPresent("plugin_version") {
            version = try call.server.plugins.choose(
                mount.entry.plugin, asking: fields.string("plugin_version") ?? "")
        }
        let newVersion = version
        try await call.state.mounts.tune(mount.entry.route) { entry throws(BackendFailure) in
            try MountFields.apply(fields, to: &entry.settings, kind: entry.kind, system: system)
            if fields.isPresent("description") {
                entry.description = fields.string("description") ?? ""
            }
            if let newVersion { entry.pluginVersion = newVersion }
            for (name, value) in options { entry.options[name] = value.isEmpty ? nil : value }
        }
        return BackendAnswer(warnings: upgrade.map { [$0] } ?? [])
    }

    /// The core's own engines have no options and no versions, and only that of tokens lifetimes.
    private static func checkTunable(
        _ mount: Mount, _ fields: FieldValues
    ) throws(BackendFailure) {
        guard mount.isBuiltIn else { return }
        let isTokens = mount.entry.kind == .auth
        for name in MountFields.settings.map(\.name) + ["description", "options", "plugin_version"]
        where fields.isPresent(name) {
            let isOfAudit = name.utf8.starts(with: "audit_non_hmac_".utf8)
            let isOfEngine = name == "options" || name == "plugin_version"
            guard isOfAudit || (isTokens && !isOfEngine) else {
                throw BackendFailure(
                    .invalidRequest, "cannot tune parameter \(name) of \(mount.entry.route)")
            }
        }
    }

    /// An engine's data move to a newer version of its layout and never back. Gives the warning
    /// that goes with a move.
    private static func versionChange(
        of entry: MountEntry, to wanted: String?
    ) throws(BackendFailure) -> String? {
        guard let wanted else { return nil }
        let current = entry.options["version"] ?? "1"
        guard let old = Int(current), let new = Int(wanted) else {
            if wanted.isEmpty && current == "1" { return nil }
            throw BackendFailure(.invalidRequest, "option \"version\" must be a number")
        }
        if new < old {
            throw BackendFailure(
                .invalidRequest, "cannot downgrade mount from version \(current)")
        }
        guard new > old else { return nil }
        return "Upgrading mount from version \(current) to version \(wanted). This mount will be "
            + "unavailable for a brief period and will resume service shortly."
    }
}

/// `<type>-v<digit>`: a version of an engine, written into its name.
struct VersionedType {
    let type: String
    let version: String

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count > 3, bytes[bytes.count - 3] == UInt8(ascii: "-"),
            bytes[bytes.count - 2] == UInt8(ascii: "v"),
            (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(bytes[bytes.count - 1])
        else { return nil }
        type = String(text.dropLast(3))
        version = String(text.suffix(1))
    }
}
