// Lets the barrier count what those namespaces have stored that have a bound for it.

internal import Barrier
internal import Logging
internal import Synchronization

/// The barrier counts from the first write after the bound was set, and page by page what was there
/// before. Until that is done it knows less than there is, so nothing is refused that should not.
final class NamespaceMetering: Sendable {
    private let barrier: Barrier
    private let namespaces: NamespaceTable
    private let bounds: NamespaceBoundsTable
    private let logger: Logger
    private let refreshing = Mutex(())
    private let counting = Mutex<Task<Void, Never>?>(nil)

    init(_ surroundings: NamespaceSurroundings, _ namespaces: NamespaceTable) {
        self.namespaces = namespaces
        barrier = surroundings.barrier
        bounds = surroundings.bounds
        logger = surroundings.logger
    }

    /// From now on, what is counted follows the quotas and the namespaces.
    func start() {
        bounds.whenChanged { [weak self] in self?.refresh() }
        namespaces.whenChanged { [weak self] in self?.refresh() }
        refresh()
    }

    /// Called when the server seals.
    func end() async {
        let task = counting.withLock { $0 }
        task?.cancel()
        await task?.value
        barrier.bound([:], within: [:])
    }

    private func refresh() {
        refreshing.withLock { _ in
            var limits: [String: Int] = [:]
            for bound in bounds.all.values { limits[bound.label] = bound.storageBytes }
            var folders: [String: [String]] = [:]
            if !limits.isEmpty {
                for node in namespaces.tree.value.all {
                    let names = bounds.bounds(of: node.namespace).map(\.label)
                        .filter { limits[$0] != nil }
                    if !names.isEmpty { folders[node.namespace.storagePrefix] = names }
                }
            }
            barrier.bound(folders, within: limits)
        }
        count()
    }

    /// One task counts for all.
    private func count() {
        if barrier.uncounted.isEmpty { return }
        counting.withLock { task in
            guard task == nil else { return }
            task = Task(priority: .utility) { await self.countAll() }
        }
    }

    private func countAll() async {
        var wait: UInt64 = 1
        while !Task.isCancelled {
            let folders = barrier.uncounted
            if folders.isEmpty { break }
            do throws(BarrierError) {
                for folder in folders {
                    while !Task.isCancelled, try await !barrier.count(folder) {}
                }
                wait = 1
            } catch {
                logger.warning(
                    "what namespaces have stored could not be counted yet",
                    metadata: ["error": "\(error.message)"])
                try? await Task.sleep(nanoseconds: wait * 1_000_000_000)
                wait = min(wait * 2, 60)
            }
        }
        counting.withLock { $0 = nil }
        // What came between the last look and now found a task that had done its work.
        if !Task.isCancelled { count() }
    }
}
