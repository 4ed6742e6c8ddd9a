// How many leases could not be revoked and wait for somebody to look after them.

internal import Barrier

extension LeaseStore {
    /// Counted through: there are few of them, or somebody should have looked already.
    func parkedCount() throws(BackendFailure) -> Int {
        var total = 0
        for mount in try mountsWithLeases("parked/") {
            try barrier.forEachName(in: parkedFolder(mount)) { _ in total += 1 }
        }
        return total
    }
}
