// `sys/plugins/reload`: plugins that are run anew, each beside the process that serves until the
// new one does.

internal import Cryptography
internal import JSON
internal import Paths

enum SysPluginReload {
    private static let scope = Field.string(
        "scope", "\"global\" for all servers of a cluster; there is one server.")

    /// In every namespace, for what the namespace itself has mounted.
    static let paths = [
        CorePath(
            "plugins/reload/backend", [.update: .suspending(reloadHere)],
            fields: [
                .string("plugin", "Name of the plugin whose mounts are reloaded."),
                .stringList("mounts", "Paths of the mounts that are reloaded."), scope,
            ],
            help: "Run the plugins of mounts anew.")
    ]

    /// All namespaces' mounts.
    static let rootPaths = [
        CorePath(
            "plugins/reload/:kind/:name", [.update: .suspending(reloadEverywhere)],
            fields: [scope], help: "Run a plugin anew for all mounts that use it.")
    ]

    private static func reloadHere(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try checkScope(call)
        let plugin = call.fields.string("plugin") ?? ""
        let paths = call.fields.stringList("mounts") ?? []
        guard plugin.isEmpty || paths.isEmpty else {
            throw BackendFailure(
                .invalidRequest, "plugin and mounts cannot be set at the same time")
        }
        guard !plugin.isEmpty || !paths.isEmpty else {
            throw BackendFailure(.invalidRequest, "plugin or mounts must be provided")
        }
        let mounts = call.state.mounts
        var routes: [String] = []
        for path in paths {
            let route = try MountPath(path).text
            guard mounts[route] != nil else {
                throw BackendFailure(
                    .invalidRequest,
                    "there is no mount at \"\(VisibleText.escaping(route))\"")
            }
            routes.append(route)
        }
        if !plugin.isEmpty {
            routes = Self.routes(in: mounts) { $0.type == plugin }
        }
        return answer(await reload(routes, in: mounts))
    }

    private static func reloadEverywhere(
        _ call: CoreCall
    ) async throws(BackendFailure) -> BackendAnswer {
        try checkScope(call)
        let name = call.name("name")
        let kind = call.name("kind") == "unknown" ? nil : try SysPluginCatalog.kind(call)
        var result = Result()
        for namespace in call.server.namespaces.loaded {
            let routes = routes(in: namespace.mounts) { entry in
                entry.type == name && (kind == nil || entry.kind == kind)
            }
            result.add(await reload(routes, in: namespace.mounts))
        }
        return answer(result)
    }

    private static func checkScope(_ call: CoreCall) throws(BackendFailure) {
        guard ["", "global"].contains(call.fields.string("scope") ?? "") else {
            throw BackendFailure(.invalidRequest, "reload scope must be omitted or \"global\"")
        }
    }

    private static func routes(
        in mounts: MountTable, where matches: (MountEntry) -> Bool
    ) -> [String] {
        mounts.all.filter { !$0.isBuiltIn && matches($0.entry) }.map(\.entry.route).sorted()
    }

    // MARK: Outcome

    private struct Result: Sendable {
        var reloaded = 0
        var failures: [String] = []

        mutating func add(_ other: Result) {
            reloaded += other.reloaded
            failures += other.failures
        }
    }

    /// One mount's failure does not keep the others from being reloaded.
    private static func reload(_ routes: [String], in mounts: MountTable) async -> Result {
        var result = Result()
        for route in routes {
            do throws(BackendFailure) {
                if try await mounts.reload(route) { result.reloaded += 1 }
            } catch { result.failures.append("\(route): \(error.message)") }
        }
        return result
    }

    private static func answer(_ result: Result) -> BackendAnswer {
        var warnings = result.failures
        if result.reloaded == 0 && warnings.isEmpty {
            warnings = ["no plugins were reloaded: nothing that runs here is meant"]
        }
        let data = JSONValue.object(["reload_id": .string(UUID128().text)])
        return BackendAnswer(data: data.encoded(), warnings: warnings)
    }
}
