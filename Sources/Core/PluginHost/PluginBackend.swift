// One mount's way to its engine in another process.

internal import Clock
internal import Cryptography
internal import Kernel
internal import NIOCore
internal import Paths
internal import Synchronization
internal import Wire

final class PluginBackend: Backend {
    /// A process that has taken the mount over, or is about to.
    struct Server {
        let supervisor: PluginSupervisor
        var engine: EngineView?
        var running: RunningPlugin?
    }

    struct State {
        var serving: Server
        /// Beside the one that serves: a new program on trial, or the old one as long as the new
        /// one has to prove itself.
        var other: Server?
        var generation: UInt32 = 1
        /// Ends the new program's time to prove itself.
        var probation: Task<Void, Never>?
    }

    let host: PluginLauncher
    let id: MountID
    /// One for all processes that serve the mount: writers of an entry take turns in it.
    let storage: MountStorage
    let state: Mutex<State>

    private init(host: PluginLauncher, mount: BackendMount, supervisor: PluginSupervisor) {
        self.host = host
        id = MountID(high: mount.id.high, low: mount.id.low)
        storage = mount.storage
        state = Mutex(State(serving: Server(supervisor: supervisor)))
    }

    /// Mounts on the running plugin; the backend that comes back has its manifest.
    static func open(
        _ mount: BackendMount, on supervisor: PluginSupervisor, host: PluginLauncher
    ) async throws(BackendFailure) -> PluginBackend {
        let backend = PluginBackend(host: host, mount: mount, supervisor: supervisor)
        try await supervisor.attach(
            backend.spec(mount, generation: 1), storage: backend.storage, backend: backend)
        return backend
    }

    var manifest: BackendManifest {
        state.withLock { $0.serving.engine?.manifest } ?? Self.nothingDeclared
    }

    var running: RunningPlugin? { state.withLock { $0.serving.running } }

    /// On the lane's loop this goes straight to the lane's connection.
    func handle(_ request: BackendRequest, then: @escaping @Sendable (BackendOutcome) -> Void) {
        guard let loop = host.loop(of: request.lane) else {
            return then(
                .failure(BackendFailure(.internalError, "the request is on no lane of the host")))
        }
        if loop.inEventLoop {
            send(request, then)
        } else {
            loop.execute { self.send(request, then) }
        }
    }

    /// Which process serves is looked up on the loop, at the last moment: after a change of it, the
    /// loop has handed all that went before to the old one.
    private func send(
        _ request: BackendRequest, _ then: @escaping @Sendable (BackendOutcome) -> Void
    ) {
        let (ports, engine) = state.withLock { ($0.serving.supervisor.ports, $0.serving.engine) }
        guard let engine, let port = ports[request.lane] else {
            return then(
                .failure(BackendFailure(.unavailable, "the engine is not running")))
        }
        port.handle(request, for: engine, then: then)
    }

    func reconfigure(_ mount: BackendMount) async throws(BackendFailure) {
        let (generation, serving, other) = state.withLock { state in
            state.generation &+= 1
            return (state.generation, state.serving.supervisor, state.other?.supervisor)
        }
        let spec = spec(mount, generation: generation)
        try await serving.update(spec)
        // The one that may have to serve again had better know.
        try? await other?.update(spec)
    }

    func close() async {
        let servers = state.withLock { state in
            state.probation?.cancel()
            state.probation = nil
            defer { state.other = nil }
            return [state.serving.supervisor] + (state.other.map { [$0.supervisor] } ?? [])
        }
        for supervisor in servers { await leave(supervisor) }
        await storage.databases?.close()
    }

    /// Ends the mount's use of a process.
    func leave(_ supervisor: PluginSupervisor) async {
        await supervisor.detach(id)
        host.release(supervisor)
    }

    /// The plugin declared this for the mount, at first or after a restart or a change.
    func replace(_ engine: EngineView, _ running: RunningPlugin, of supervisor: PluginSupervisor) {
        state.withLock { state in
            if state.serving.supervisor === supervisor {
                state.serving.engine = engine
                state.serving.running = running
            } else if state.other?.supervisor === supervisor {
                state.other?.engine = engine
                state.other?.running = running
            }
        }
    }

    func spec(_ mount: BackendMount, generation: UInt32) -> MountSpec {
        MountSpec(
            id: id, generation: generation, options: mount.options,
            defaultLeaseTTLSeconds: mount.defaultLeaseTTLSeconds,
            maxLeaseTTLSeconds: mount.maxLeaseTTLSeconds)
    }

    private static let nothingDeclared = BackendManifest(
        pluginName: "", pluginVersion: "", kind: .secret, routes: RouteTable([]),
        unauthenticatedPaths: PathSet([]), sudoPaths: PathSet([]))
}
