// The mounts that aliases belong to.

enum IdentityMounts {
    /// The mount with an accessor, as a client names it.
    static func entry(
        _ accessor: String, _ state: NamespaceState
    ) throws(BackendFailure) -> MountEntry {
        guard
            let mount = state.mounts.all.first(where: {
                $0.entry.accessor.utf8.elementsEqual(accessor.utf8)
            })
        else { throw IdentityRules.refuse("invalid mount accessor \(accessor.quotedForMessage)") }
        return mount.entry
    }
}
