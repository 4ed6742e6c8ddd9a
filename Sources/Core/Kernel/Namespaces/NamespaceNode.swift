// A namespace in the server's table, with its tables if somebody has needed them.

internal import Synchronization

/// One version of a namespace's record. A changed record is a new node around the same slot.
final class NamespaceNode: Sendable {
    let namespace: Namespace
    /// Path of the outermost namespace that is locked with this one in it.
    let lockedBy: String?
    private let slot: Slot

    /// Requests read the state without a lock; making it is done once, however many ask.
    private final class Slot: Sendable {
        let state: Snapshot<NamespaceState?>
        let opening = Mutex<Task<Result<NamespaceState, BackendFailure>, Never>?>(nil)

        init(_ state: NamespaceState?) { self.state = Snapshot(state) }
    }

    init(_ namespace: Namespace, state: NamespaceState? = nil) {
        self.namespace = namespace
        lockedBy = nil
        slot = Slot(state)
    }

    private init(_ namespace: Namespace, lockedBy: String?, slot: Slot) {
        self.namespace = namespace
        self.lockedBy = lockedBy
        self.slot = slot
    }

    func with(_ namespace: Namespace, lockedBy: String?) -> NamespaceNode {
        NamespaceNode(namespace, lockedBy: lockedBy, slot: slot)
    }

    /// The tables, if they are in memory.
    var state: NamespaceState? { slot.state.value }

    /// The tables, read by `open` at the first use; those who come meanwhile wait for the same
    /// reading.
    func state(
        opening open: @escaping @Sendable () async throws(BackendFailure) -> NamespaceState
    ) async throws(BackendFailure) -> NamespaceState {
        if let state { return state }
        let slot = slot
        let task = slot.opening.withLock {
            opening -> Task<Result<NamespaceState, BackendFailure>, Never> in
            if let opening { return opening }
            let task = Task<Result<NamespaceState, BackendFailure>, Never> {
                if let state = slot.state.value { return .success(state) }
                let result: Result<NamespaceState, BackendFailure>
                do throws(BackendFailure) { result = .success(try await open()) } catch {
                    result = .failure(error)
                }
                if case .success(let state) = result { slot.state.store(state) }
                slot.opening.withLock { $0 = nil }
                return result
            }
            opening = task
            return task
        }
        return try await task.value.get()
    }

    /// Forgets the tables; a reading that is under way ends before.
    func drop() async -> NamespaceState? {
        if let opening = slot.opening.withLock({ $0 }) { _ = await opening.value }
        let state = slot.state.value
        slot.state.store(nil)
        return state
    }
}
