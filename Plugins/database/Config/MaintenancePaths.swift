// `reset/:name` and `reload/:plugin_name`: sessions are closed, and the next use opens new ones.

import JSON
import Paths
import PluginSDK

func resetPath(_ mount: DatabaseMount) -> Path {
    Path(
        "reset/:name", .update, fields: [.string("name", "Name of the connection.")],
        reads: [StorageKey.config("{name}")],
        help: "Close a connection's sessions; the next use opens new ones."
    ) { request in
        let name = try request.name()
        return .read([StorageKey.config(name)]) { entries in
            let config = try entries.config(name)
            mount.close(name)
            guard config.isCustom(mount) else { return .answer(.none) }
            return .wait {
                try CustomServer(name, config).forget()
                return .answer(.none)
            }
        }
    }
}

func reloadPath(_ mount: DatabaseMount) -> Path {
    Path(
        "reload/:plugin_name", .update,
        fields: [.string("plugin_name", "The kind of database.")],
        help: "Close the sessions of all connections of a kind.",
        description: "A database plugin of the catalog is run anew, as it is registered now."
    ) { request in
        let plugin = try request.fields().string("plugin_name") ?? ""
        return reload(mount, plugin, after: nil, [:])
    }
}

private func reload(
    _ mount: DatabaseMount, _ plugin: String, after: String?, _ found: [String: String]
) -> Outcome {
    .list(prefix: StorageKey.configs, after: after, limit: Limits.listPageNames) { page in
        .read(page.names.map(StorageKey.config)) { entries in
            var found = found
            for name in page.names {
                guard let bytes = entries[StorageKey.config(name)] else { continue }
                let config = try DatabaseConfig(decoding: bytes)
                guard config.pluginName.hasSameBytes(as: plugin) else { continue }
                mount.close(name)
                found[name] = config.pluginVersion
            }
            if page.more, let last = page.names.last {
                return reload(mount, plugin, after: last, found)
            }
            let all = found
            guard !all.isEmpty else {
                return .answer(
                    Answer(warnings: ["no connections of plugin \"\(plugin)\" are configured"]))
            }
            guard mount.kind(plugin) == CustomServer.self else { return reloaded(all) }
            return .wait {
                // Each version has a process of its own.
                for version in Set(all.values) {
                    try CustomServer.reload(plugin, version: version)
                }
                return reloaded(all)
            }
        }
    }
}

private func reloaded(_ found: [String: String]) -> Outcome {
    .answer(.data(["connections": .strings(found.keys.sorted()), "count": .int(found.count)]))
}
