// One mount's way to its engine in another process.

internal import Cryptography
internal import Kernel
internal import NIOCore
internal import Paths
internal import Synchronization
internal import Wire

final class PluginBackend: Backend {
    private let supervisor: PluginSupervisor
    private let ports: PortArray
    private let id: MountID
    private struct State {
        var engine: EngineView?
        var generation: UInt32 = 1
    }
    private let state = Mutex(State())

    private init(supervisor: PluginSupervisor, id: MountID) {
        self.supervisor = supervisor
        self.id = id
        ports = supervisor.ports
    }

    /// Mounts on the running plugin; the backend that comes back has its manifest.
    static func open(
        _ mount: BackendMount, on supervisor: PluginSupervisor
    ) async throws(BackendFailure) -> PluginBackend {
        let id = MountID(high: mount.id.high, low: mount.id.low)
        let backend = PluginBackend(supervisor: supervisor, id: id)
        try await supervisor.attach(
            spec(of: mount, id: id, generation: 1), storage: mount.storage, backend: backend)
        return backend
    }

    var manifest: BackendManifest {
        state.withLock { $0.engine?.manifest } ?? Self.nothingDeclared
    }

    /// On the lane's loop this goes straight to the lane's connection.
    func handle(_ request: BackendRequest, then: @escaping @Sendable (BackendOutcome) -> Void) {
        guard let port = ports[request.lane], let engine = state.withLock({ $0.engine }) else {
            return then(
                .failure(BackendFailure(.internalError, "the request is on no lane of the host")))
        }
        if port.loop.inEventLoop {
            port.handle(request, for: engine, then: then)
        } else {
            port.loop.execute { port.handle(request, for: engine, then: then) }
        }
    }

    func reconfigure(_ mount: BackendMount) async throws(BackendFailure) {
        let generation = state.withLock { state in
            state.generation &+= 1
            return state.generation
        }
        try await supervisor.update(Self.spec(of: mount, id: id, generation: generation))
    }

    func close() async { await supervisor.detach(id) }

    /// The plugin declared this for the mount, at first or after a restart or a change.
    func replace(_ engine: EngineView) { state.withLock { $0.engine = engine } }

    private static func spec(
        of mount: BackendMount, id: MountID, generation: UInt32
    ) -> MountSpec {
        MountSpec(
            id: id, generation: generation, options: mount.options,
            defaultLeaseTTLSeconds: mount.defaultLeaseTTLSeconds,
            maxLeaseTTLSeconds: mount.maxLeaseTTLSeconds)
    }

    private static let nothingDeclared = BackendManifest(
        pluginName: "", pluginVersion: "", kind: .secret, routes: RouteTable([]),
        unauthenticatedPaths: PathSet([]), sudoPaths: PathSet([]))
}
