// The mounts that an entry of the catalog is for.

internal import Barrier
internal import Cryptography

enum PluginUses {
    /// Paths of the mounts, in all namespaces, that run this version or would when they are next
    /// used; sorted. Read from storage, since few namespaces may be in memory.
    static func mounts(
        of id: PluginID, version: String, in server: ActiveState
    ) async throws(BackendFailure) -> [String] {
        if id.kind == .database { return try await owners(of: id, version: version, in: server) }
        let pinned = server.plugins.pin(id)
        var paths: [String] = []
        let barrier = server.namespaces.surroundings.barrier
        for node in server.namespaces.tree.value.all {
            let namespace = node.namespace
            let folder = MountTable.folder(of: namespace)
            try barrier.forEachName(in: folder) { name throws(BackendFailure) in
                guard let stored = try barrier.read(folder + name) else { return }
                let entry = try MountEntry(decoding: stored.value)
                guard entry.plugin == id, (pinned ?? entry.pluginVersion) == version else { return }
                paths.append(namespace.path + entry.route)
            }
            await Task.yield()
        }
        return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// A database plugin has no mounts of its own: which ones have connections to it their engines
    /// know, and the core only of those that have used it since the server was unsealed.
    private static func owners(
        of id: PluginID, version: String, in server: ActiveState
    ) async throws(BackendFailure) -> [String] {
        var paths: [String] = []
        for status in await server.namespaces.surroundings.launcher.status
        where status.kind == id.kind && status.type == id.name && status.entryVersion == version {
            if let path = try owner(of: status, in: server) { paths.append(path) }
        }
        return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Path of the mount that a database plugin's process is for; `nil` for other processes, and
    /// when the mount is gone.
    static func owner(
        of status: PluginStatus, in server: ActiveState
    ) throws(BackendFailure) -> String? {
        guard let owner = status.owner,
            let namespace = server.namespaces.tree.value[id: status.namespaceID]?.namespace,
            let stored = try server.namespaces.surroundings.barrier.read(
                MountTable.folder(of: namespace) + owner.text)
        else { return nil }
        return namespace.path + (try MountEntry(decoding: stored.value)).route
    }

    /// For whoever takes the entry away; `nil` if no mount needs it.
    static func warning(_ id: PluginID, version: String, _ mounts: [String]) -> String? {
        guard !mounts.isEmpty else { return nil }
        let shown = mounts.prefix(KernelLimits.pluginUsesShown).joined(separator: ", ")
        let rest = mounts.count - KernelLimits.pluginUsesShown
        return id.label + (version.isEmpty ? "" : " " + version)
            + " is not started again for the mounts that use it before it is registered anew: "
            + shown + (rest > 0 ? " and \(rest) more" : "")
    }
}
