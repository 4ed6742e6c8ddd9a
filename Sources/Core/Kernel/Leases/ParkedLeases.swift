// How many leases could not be revoked and wait for somebody to look after them.

internal import Barrier

extension LeaseStore {
    /// Counted through: there are few of them, or somebody should have looked already.
    func parkedCount() throws(BackendFailure) -> Int {
        var total = 0
        for mount in try mountsWithLeases("parked/") {
            total += try barrier.count(of: parkedFolder(mount))
        }
        return total
    }
}

extension NamespaceTable {
    /// Those of all namespaces, also of those whose tables are not in memory.
    func parkedLeases() throws(BackendFailure) -> Int {
        var total = 0
        for node in tree.value.all where node.namespace.condition == .active {
            let store = LeaseStore(barrier: surroundings.barrier, namespace: node.namespace)
            total += try store.parkedCount()
        }
        return total
    }
}
