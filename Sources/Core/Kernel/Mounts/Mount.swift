// A mount at run time: its entry and, once it was needed, its backend.

internal import Audit
internal import Synchronization

/// A mounted engine. The entry never changes; a tuned mount is a new value around the same backend.
final class Mount: Sendable {
    let entry: MountEntry
    /// The core's own engines are never disabled or moved by requests, and hardly tuned.
    let isBuiltIn: Bool
    private let slot: BackendSlot
    /// What metrics call its namespace; `nil` for the root.
    private let namespace: String?
    let figures: RouteFigures
    let headerRules: HeaderRules
    /// What audit lines say about it.
    let auditEntry: EntryMount

    init(
        entry: MountEntry, in namespace: Namespace, isBuiltIn: Bool = false,
        backend: (any Backend)? = nil
    ) {
        self.entry = entry
        self.namespace = namespace.isRoot ? nil : namespace.label
        self.isBuiltIn = isBuiltIn
        self.slot = BackendSlot(backend)
        self.figures = RouteFigures(route: entry.route, namespace: self.namespace)
        self.headerRules = HeaderRules(entry.settings)
        self.auditEntry = AuditEntries.mount(entry, isBuiltIn: isBuiltIn)
    }

    private init(entry: MountEntry, _ old: Mount, figures: RouteFigures) {
        self.entry = entry
        namespace = old.namespace
        isBuiltIn = old.isBuiltIn
        slot = old.slot
        self.figures = figures
        self.headerRules = HeaderRules(entry.settings)
        self.auditEntry = AuditEntries.mount(entry, isBuiltIn: isBuiltIn)
    }

    /// The same engine under a changed entry.
    func with(entry: MountEntry) -> Mount {
        let isMoved = entry.route != self.entry.route
        return Mount(
            entry: entry, self,
            figures: isMoved
                ? RouteFigures(route: entry.route, namespace: namespace) : figures)
    }

    /// Those of the engine's headers that clients see.
    func visible(
        _ headers: [(name: String, value: String)]
    ) -> [(name: String, value: String)] {
        isBuiltIn ? headers : headerRules.forClient(headers)
    }

    /// The backend, if it is open.
    var backend: (any Backend)? { slot.state.withLock { $0.backend } }

    /// The backend, opened by `open` on first use; callers that come meanwhile wait for the same
    /// opening.
    func backend(
        opening open: @escaping @Sendable () async throws(BackendFailure) -> any Backend
    ) async throws(BackendFailure) -> any Backend {
        let task = slot.state.withLock {
            state -> Task<Result<any Backend, BackendFailure>, Never>? in
            if state.backend != nil { return nil }
            if let opening = state.opening { return opening }
            let slot = slot
            let task = Task<Result<any Backend, BackendFailure>, Never> {
                let result: Result<any Backend, BackendFailure>
                do throws(BackendFailure) { result = .success(try await open()) } catch {
                    result = .failure(error)
                }
                slot.state.withLock { state in
                    state.opening = nil
                    if case .success(let backend) = result { state.backend = backend }
                }
                return result
            }
            state.opening = task
            return task
        }
        if let task { return try await task.value.get() }
        guard let backend else {
            throw BackendFailure(.unavailable, "the engine was closed", retryAfterSeconds: 1)
        }
        return backend
    }

    /// Why the mount did not get the program that it was to get, the last time.
    var upgradeFailure: String? {
        get { slot.state.withLock { $0.upgradeFailure } }
        set { slot.state.withLock { $0.upgradeFailure = newValue } }
    }

    /// Ends the engine's use; a later request would open it anew.
    func close() async {
        let (opening, backend) = slot.state.withLock { state in (state.opening, state.backend) }
        if let opening { _ = await opening.value }
        let open = slot.state.withLock { state in
            let open = state.backend ?? backend
            state.backend = nil
            return open
        }
        await open?.close()
    }
}

private final class BackendSlot: Sendable {
    struct State {
        var backend: (any Backend)?
        var opening: Task<Result<any Backend, BackendFailure>, Never>?
        var upgradeFailure: String?
    }

    let state: Mutex<State>

    init(_ backend: (any Backend)?) { state = Mutex(State(backend: backend)) }
}
