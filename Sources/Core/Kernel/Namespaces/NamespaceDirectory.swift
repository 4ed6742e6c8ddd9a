// What the tables of one namespace know of the others.

internal import Synchronization

/// A token may be used in the namespaces below its own, and what it makes there, tokens and leases,
/// ends with it. So its store has to find theirs. A mount must not hide a namespace, so its table
/// has to know where they are.
final class NamespaceDirectory: Sendable {
    private let table = Mutex<(@Sendable () -> NamespaceTable?)?>(nil)

    /// Said once, when there is a table of namespaces.
    func become(_ table: @escaping @Sendable () -> NamespaceTable?) {
        self.table.withLock { $0 = table }
    }

    private var known: NamespaceTable? { table.withLock { $0 }?() }

    /// The token store of the namespace with this id, if its tables are in memory; those of all
    /// namespaces above one that is in memory are.
    func loadedTokens(_ id: String) -> TokenStore? { known?.tree.value[id: id]?.state?.tokens }

    /// The tables of the namespaces below `upper` down to `lower`. They are in memory, as all above
    /// one that is in memory are.
    func way(from upper: Namespace, to lower: NamespaceState) -> [NamespaceState] {
        var way = [lower]
        guard let known else { return way }
        while let last = way.last, let node = known.parent(of: last.namespace),
            node.namespace.id != upper.id, let state = node.state
        {
            way.append(state)
        }
        return way.reversed()
    }

    /// The identities of the namespaces above one.
    func identities(above namespace: Namespace) -> [IdentityStore] {
        var found: [IdentityStore] = []
        var current = namespace
        while let node = known?.parent(of: current) {
            if let state = node.state { found.append(state.identity) }
            current = node.namespace
        }
        return found
    }

    /// The token store of the namespace with this id; `nil` if there is no such namespace any more.
    func tokens(_ id: String) async throws(BackendFailure) -> TokenStore? {
        guard let known, let node = known.tree.value[id: id] else { return nil }
        return try await known.state(of: node).tokens
    }

    /// Calls `body` with the stored name of each mount of a namespace and of those below it.
    func forEachStoredMount(
        below path: String, _ body: (String) throws(BackendFailure) -> Void
    ) throws(BackendFailure) {
        guard let known else { return }
        let barrier = known.surroundings.barrier
        for node in known.tree.value.all where node.namespace.path.utf8.starts(with: path.utf8) {
            try barrier.forEachName(in: MountTable.folder(of: node.namespace), body)
        }
    }

    /// The namespace below `namespace` in which `route` would lie.
    func namespace(over route: String, in namespace: Namespace) -> String? {
        guard let tree = known?.tree.value, let node = tree[id: namespace.id] else { return nil }
        let found = tree.deepest(of: route, from: node, isAlsoDeleting: true).node.namespace
        return found.id == namespace.id ? nil : found.path
    }
}
