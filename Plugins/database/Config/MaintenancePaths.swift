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
            _ = try entries.config(name)
            mount.close(name)
            return .answer(.none)
        }
    }
}

func reloadPath(_ mount: DatabaseMount) -> Path {
    Path(
        "reload/:plugin_name", .update,
        fields: [.string("plugin_name", "The kind of database.")],
        help: "Close the sessions of all connections of a kind."
    ) { request in
        let plugin = try request.fields().string("plugin_name") ?? ""
        return reload(mount, plugin, after: nil, [])
    }
}

private func reload(
    _ mount: DatabaseMount, _ plugin: String, after: String?, _ found: [String]
) -> Outcome {
    .list(prefix: StorageKey.configs, after: after, limit: Limits.listPageNames) { page in
        .read(page.names.map(StorageKey.config)) { entries in
            let names = try page.names.filter { (name) throws(PluginError) in
                guard let bytes = entries[StorageKey.config(name)] else { return false }
                return try DatabaseConfig(decoding: bytes).pluginName.hasSameBytes(as: plugin)
            }
            for name in names { mount.close(name) }
            if page.more, let last = page.names.last {
                return reload(mount, plugin, after: last, found + names)
            }
            let all = found + names
            guard !all.isEmpty else {
                return .answer(
                    Answer(warnings: ["no connections of plugin \"\(plugin)\" are configured"]))
            }
            return .answer(
                .data(["connections": .strings(all), "count": .int(all.count)]))
        }
    }
}
