// How long engines take, for each mount and kind of request.

internal import Clock
internal import Metrics
internal import Paths
internal import Synchronization

/// The timings of one mount's requests: `route.<operation>.<path with hyphens>-`.
///
/// In namespaces other than the root, with a label that says which one. Made when the first request
/// of a kind comes, and gone from the registry with the mount.
final class RouteFigures: Sendable {
    private let shownPath: String
    private let namespace: String?
    private let metrics = AtomicLazyReference<Metrics>()
    private let reads = AtomicLazyReference<Summary>()
    private let creates = AtomicLazyReference<Summary>()
    private let updates = AtomicLazyReference<Summary>()
    private let patches = AtomicLazyReference<Summary>()
    private let deletes = AtomicLazyReference<Summary>()
    private let lists = AtomicLazyReference<Summary>()

    /// - Parameter namespace: what metrics call it; `nil` for the root.
    init(route: String, namespace: String?) {
        shownPath = route.replacing("/", with: "-")
        self.namespace = namespace
    }

    deinit {
        guard let metrics = metrics.load() else { return }
        let all: [(Paths.Operation, Summary?)] = [
            (.read, reads.load()), (.create, creates.load()), (.update, updates.load()),
            (.patch, patches.load()), (.delete, deletes.load()), (.list, lists.load()),
        ]
        for (operation, summary) in all {
            if let summary { metrics.remove(name(operation), summary) }
        }
    }

    func record(_ operation: Paths.Operation, _ nanoseconds: UInt64, _ figures: CoreFigures) {
        switch operation {
        case .read: summary(reads, operation, figures).record(nanoseconds: nanoseconds)
        case .create: summary(creates, operation, figures).record(nanoseconds: nanoseconds)
        case .update: summary(updates, operation, figures).record(nanoseconds: nanoseconds)
        case .patch: summary(patches, operation, figures).record(nanoseconds: nanoseconds)
        case .delete: summary(deletes, operation, figures).record(nanoseconds: nanoseconds)
        case .list: summary(lists, operation, figures).record(nanoseconds: nanoseconds)
        default: break
        }
    }

    private func summary(
        _ slot: borrowing AtomicLazyReference<Summary>, _ operation: Paths.Operation,
        _ figures: CoreFigures
    ) -> Summary {
        if let known = slot.load() { return known }
        let new = Summary()
        let name = name(operation)
        guard figures.metrics.register(name, new) else {
            return slot.storeIfNil(figures.unlistedRoutes)
        }
        _ = metrics.storeIfNil(figures.metrics)
        let kept = slot.storeIfNil(new)
        // Two came at once: the one that is kept is the one that counts.
        if kept !== new { figures.metrics.register(name, kept) }
        return kept
    }

    private func name(_ operation: Paths.Operation) -> MetricName {
        MetricName(
            "route.\(operation).\(shownPath)", namespace.map { [("namespace", $0)] } ?? [])
    }
}
