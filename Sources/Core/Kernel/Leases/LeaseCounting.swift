// How many leases there are below a path, for quotas and metrics.

internal import Barrier
internal import JSON
internal import Logging

extension LeaseStore {
    private var tallyPath: String { prefix + "tally" }

    /// Takes over the counts that were stored when the server sealed. They are forgotten at once:
    /// after a crash there are none, and the leases are counted anew.
    func restoreTally() async throws(BackendFailure) {
        if let stored = try barrier.read(tallyPath) {
            var counts: [String: Int] = [:]
            for member in (try? JSONValue(parsing: stored.value))?.objectValue?.members ?? [] {
                if let count = member.value.intValue { counts[member.key] = count }
            }
            tally.restore(counts)
            try await barrier.delete(tallyPath)
        }
        _ = tally.watch("")
    }

    /// Stores the counts for the next start, if they are known for sure.
    func saveTally() async {
        guard let counts = tally.settled else { return }
        let object = JSONObject(
            counts.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) })
        try? await barrier.put(
            tallyPath, JSONValue.object(object).encoded(), growth: .unbounded)
    }
}

extension Leases {
    /// How many leases there are below a path, such as a mount's; everything for "". Costs a look
    /// into a table. A path that is asked for the first time is counted in the background, and
    /// until that is done the answer says that there are at least as many.
    func count(below path: String) -> LeaseTally.Count { count(prefix: LeaseWalk.folder(path)) }

    /// The same of all ids that begin so, wherever in a name that is.
    func count(prefix: String) -> LeaseTally.Count {
        if let known = store.tally.count(prefix) { return known }
        if store.tally.watch(prefix) {
            Task(priority: .utility) { await self.countThrough(prefix) }
        }
        return store.tally.count(prefix) ?? LeaseTally.Count(leases: 0, isComplete: false)
    }

    /// Walks through a prefix that was not counted yet.
    func countThrough(_ prefix: String) async {
        let slash = prefix.utf8.lastIndex(of: UInt8(ascii: "/"))
        var walk = LeaseWalk(slash.map { String(prefix[...$0]) } ?? "")
        do throws(BackendFailure) {
            while !Task.isCancelled, store.tally.count(prefix)?.isComplete == false {
                try store.tally.step(prefix) { () throws(BackendFailure) in
                    let ids = try walk.next(store) ?? []
                    return (
                        ids.map(\.text).filter { $0.utf8.starts(with: prefix.utf8) }, walk.place
                    )
                }
                await Task.yield()
            }
        } catch {
            guard error.code != .sealed else { return }
            logger.error("leases could not be counted", metadata: ["error": "\(error.message)"])
        }
    }
}
