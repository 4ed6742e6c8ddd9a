// Engines without processes, for tests of the core.

public import Kernel
public import Paths
internal import Synchronization

/// A backend whose answers are a closure; it remembers the requests it was given.
public final class FakeEngine: Backend {
    public typealias Handler =
        @Sendable (BackendRequest, BackendMount) async -> BackendOutcome

    public let manifest: BackendManifest
    private let mount: Mutex<BackendMount>
    private let handler: Handler
    private let seen = Mutex<[BackendRequest]>([])
    private let replacements = Mutex(0)

    public init(_ type: FakeEngineType, _ mount: BackendMount) {
        self.manifest = BackendManifest(
            pluginName: type.name, pluginVersion: "1.0.0", kind: type.kind,
            routes: RouteTable(type.routes), unauthenticatedPaths: PathSet(type.unauthenticated),
            sudoPaths: PathSet(type.sudo))
        self.mount = Mutex(mount)
        self.handler = type.handler
    }

    public var requests: [BackendRequest] { seen.withLock { $0 } }

    public func handle(
        _ request: BackendRequest, then: @escaping @Sendable (BackendOutcome) -> Void
    ) {
        seen.withLock { $0.append(request) }
        let mount = mount.withLock { $0 }
        Task { then(await handler(request, mount)) }
    }

    public func reconfigure(_ mount: BackendMount) async throws(BackendFailure) {
        if mount.options["refuse"] != nil {
            throw BackendFailure(.invalidRequest, "the engine refuses this option")
        }
        self.mount.withLock { $0 = mount }
    }

    public func close() async {}

    public var running: RunningPlugin? {
        let program = mount.withLock { $0.program }
        return RunningPlugin(
            version: program?.version ?? "1.0.0", program: program, digest: "fake digest")
    }

    /// A program with the argument `refuses` does not take mounts over. One with `dies` is given up
    /// at once.
    public func replace(
        for new: BackendMount, rolledBack: @escaping @Sendable (_ reason: String) -> Void
    ) async throws(BackendFailure) {
        if new.program?.arguments == ["refuses"] {
            throw BackendFailure(.unavailable, "the program refuses")
        }
        replacements.withLock { $0 += 1 }
        if new.program?.arguments == ["dies"] { return rolledBack("it died") }
        mount.withLock { $0 = new }
    }

    /// How often the engine was given a program.
    public var replacementCount: Int { replacements.withLock { $0 } }
}

/// What `FakeLauncher` knows of an engine.
public struct FakeEngineType: Sendable {
    public var name: String
    public var kind: BackendKind
    public var routes: [Route<DeclaredRoute>]
    public var unauthenticated: [String]
    public var sudo: [String]
    public var handler: FakeEngine.Handler

    public init(
        _ name: String, kind: BackendKind = .secret, routes: [Route<DeclaredRoute>] = [],
        unauthenticated: [String] = [], sudo: [String] = [], handler: @escaping FakeEngine.Handler
    ) {
        self.name = name
        self.kind = kind
        self.routes = routes
        self.unauthenticated = unauthenticated
        self.sudo = sudo
        self.handler = handler
    }

    /// Answers with what it was asked.
    public static let echo = FakeEngineType("echo") { request, mount in
        let text = "{\"path\":\"\(request.path)\",\"operation\":\"\(request.operation)\"}"
        return .success(BackendAnswer(data: Array(text.utf8)))
    }

    /// Keeps `value` per path, and declares that a path's entry tells creation from update.
    public static let store = FakeEngineType(
        "store",
        routes: [
            Route(
                PathPattern(":path*"),
                operations: [.read: DeclaredRoute(), .update: DeclaredRoute()],
                existence: KeyTemplate("entry/{path}"))
        ]
    ) { request, mount in
        switch request.operation {
        case .create, .update:
            let outcome = await withCheckedContinuation { continuation in
                mount.storage.commit(
                    preconditions: [], puts: [("entry/" + request.path, request.data)], deletes: []
                ) { continuation.resume(returning: $0) }
            }
            if case .failed(let failure) = outcome { return .failure(failure) }
            return .success(BackendAnswer())
        default:
            do throws(BackendFailure) {
                let entry = try mount.storage.get("entry/" + request.path)
                return .success(BackendAnswer(data: entry?.value))
            } catch { return .failure(error) }
        }
    }
}

/// A launcher of fake engines.
public final class FakeLauncher: BackendLauncher {
    private let types: [String: FakeEngineType]
    private let opened = Mutex<[FakeEngine]>([])
    private let broken = Mutex<Bool>(false)
    private let ended = Mutex<[String]>([])

    public init(_ types: [FakeEngineType]) {
        self.types = Dictionary(types.map { ($0.name, $0) }) { first, _ in first }
    }

    public var engines: [FakeEngine] { opened.withLock { $0 } }

    /// From now on no engine starts.
    public func breakDown() { broken.withLock { $0 = true } }

    public func open(_ mount: BackendMount) async throws(BackendFailure) -> any Backend {
        if broken.withLock({ $0 }) {
            throw BackendFailure(.unavailable, "the engine does not start", retryAfterSeconds: 1)
        }
        guard let type = types[mount.program == nil ? mount.type : "echo"] else {
            throw BackendFailure(.invalidRequest, "there is no engine of type \"\(mount.type)\"")
        }
        let engine = FakeEngine(type, mount)
        opened.withLock { $0.append(engine) }
        return engine
    }

    /// Whatever is registered is there, but for the file `missing`; `greedy` says that it needs the
    /// network.
    public func check(
        _ program: PluginProgram
    ) async throws(BackendFailure) -> PluginPermissions {
        if program.command == "missing" { throw BackendFailure(.invalidRequest, "it is missing") }
        var needed = PluginPermissions()
        needed.allowsNetwork = program.command == "greedy"
        return needed
    }

    public var catalog: [CatalogEntry] {
        types.values.map {
            CatalogEntry(type: $0.name, kind: $0.kind, version: "1.0.0", isBuiltin: true)
        }
    }

    public func endAll() async {}
    public func endAll(of namespaceID: String) async {
        ended.withLock { $0.append(namespaceID) }
    }
    /// Namespaces whose processes were ended.
    public var endedNamespaces: [String] { ended.withLock { $0 } }
    public func shutdown() async {}
}
