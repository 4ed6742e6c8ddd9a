// `coffer plugin reload`.

import JSON

extension Flag {
    fileprivate static let reloadedType = Flag(
        "type", .string, "Type of the plugin; its mounts in all namespaces are reloaded then.",
        choices: ["auth", "database", "secret", "unknown"])
    fileprivate static let reloadedPlugin = Flag(
        "plugin", .string, "Name of the plugin to run anew.", placeholder: "name")
    fileprivate static let reloadedMounts = Flag(
        "mounts", .strings,
        "Path of a mount to reload. May be given several times, or several with commas.",
        placeholder: "path")
    fileprivate static let reloadScope = Flag(
        "scope", .string, "\"global\" for all servers of a cluster.", choices: ["global"])
}

extension Command {
    static let pluginReload = Command(
        "plugin reload", "Run a plugin anew", usage: "[options]",
        about: """
            Starts a new process of a plugin beside the one that serves, and lets requests go to \
            the new one when it has taken the mounts over; no request is lost. A version that was \
            pinned takes effect with it. Exactly one of -plugin and -mounts is needed.
            """,
        examples: [
            Example("All mounts of a plugin:", "coffer plugin reload -plugin counter"),
            Example("Two mounts:", "coffer plugin reload -mounts counter/ -mounts other/"),
        ],
        families: [.http],
        flags: [.reloadedType, .reloadedPlugin, .reloadedMounts, .reloadScope], takes: .none
    ) { call in
        let plugin = call.flags.string(.reloadedPlugin) ?? ""
        let mounts = call.flags.strings(.reloadedMounts).flatMap {
            $0.split(separator: ",").map(String.init)
        }
        guard plugin.isEmpty || mounts.isEmpty else {
            throw UsageError("Too many arguments: give -plugin or -mounts, not both")
        }
        guard !plugin.isEmpty || !mounts.isEmpty else {
            throw UsageError("Not enough arguments: give -plugin or -mounts")
        }
        var body: JSONObject = JSONObject([
            ("scope", .string(call.flags.string(.reloadScope) ?? ""))
        ])
        var path = "sys/plugins/reload/backend"
        if let type = call.flags.string(.reloadedType) {
            guard !plugin.isEmpty else { throw UsageError("-type needs -plugin") }
            path = "sys/plugins/reload/\(type)/\(APIPath.sanitized(plugin))"
        } else if plugin.isEmpty {
            body["mounts"] = .strings(mounts)
        } else {
            body["plugin"] = .string(plugin)
        }
        let request = APIRequest.put(path, .object(body))
        let client = try call.client()
        let secret = try await call.during("Error reloading plugin/mounts") {
            try await client.send(request)
        }
        call.output.warn(secret?.warnings ?? [])
        let what =
            plugin.isEmpty
            ? "mounts: [\(mounts.joined(separator: " "))]" : "plugin: \(plugin)"
        call.console.printLine("Success! Reloaded \(what)")
        return .success
    }
}
