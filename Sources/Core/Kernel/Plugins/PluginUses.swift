// The mounts that an entry of the catalog is for.

internal import Barrier

enum PluginUses {
    /// Paths of the mounts, in all namespaces, that run this version or would when they are next
    /// used; sorted. Read from storage, since few namespaces may be in memory.
    static func mounts(
        of id: PluginID, version: String, in server: ActiveState
    ) async throws(BackendFailure) -> [String] {
        let pinned = server.plugins.pin(id)
        var paths: [String] = []
        let barrier = server.namespaces.surroundings.barrier
        for node in server.namespaces.tree.value.all {
            let namespace = node.namespace
            let folder = namespace.storagePrefix + "mounts/"
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
