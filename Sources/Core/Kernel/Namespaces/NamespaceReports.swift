// What a request may report of the namespaces below its own.

internal import Barrier

extension CoreCall {
    /// The tables of the request's namespace, and of those below it that have entries in a folder.
    /// Tables that are not in memory are not read only to find nothing in them.
    func states(
        withEntriesIn folder: String
    ) async throws(BackendFailure) -> [NamespaceState] {
        let tree = server.namespaces.tree.value
        var states = [state]
        for namespace in tree.descendants(of: state.namespace)
        where namespace.condition == .active {
            guard let node = tree[id: namespace.id] else { continue }
            if node.state == nil {
                let folder = namespace.storagePrefix + folder
                if try server.namespaces.surroundings.barrier.names(folder, after: "", limit: 1)
                    .isEmpty
                {
                    continue
                }
            }
            do throws(BackendFailure) {
                states.append(try await server.namespaces.state(of: node))
            } catch {
                // One that went away meanwhile has nothing to report.
                let now = server.namespaces.tree.value[id: namespace.id]?.namespace
                if now?.condition == .active { throw error }
            }
        }
        return states
    }
}
