// The core's own engines: backends like any other, except that they run here and see who asks.

internal import Cryptography
internal import JSON
internal import Paths

/// One call to an engine of the core.
struct CoreCall: Sendable {
    let core: Core
    /// What the server has once.
    let server: ActiveState
    /// The tables of the namespace that the request is for.
    let state: NamespaceState
    /// `nil` on the few paths that need no token, when none was given.
    let caller: Caller?
    let request: BackendRequest
    let captures: Captures
    let fields: FieldValues

    /// The caller, for paths that cannot be reached without one.
    func requireCaller() throws(BackendFailure) -> Caller {
        guard let caller else { throw RequestPipeline.permissionDenied }
        return caller
    }

    /// Whether the caller has the sudo capability here. On a path that needs it this is always so,
    /// unless the listener let somebody in without a token.
    var callerHasSudo: Bool {
        guard let caller else { return false }
        let access = caller.access(to: "sys/" + request.path, operation: request.operation)
        let verdict = access.verdict(
            operation: request.operation, parameters: nil, wrapTTLSeconds: nil)
        guard case .allowed(let hasSudo) = verdict else { return false }
        return hasSudo
    }

    /// A name out of the path.
    func name(_ capture: String) -> String { captures[capture] ?? "" }

    /// The answer with a warning of what was sent and nobody reads: a name that is spelt wrong must
    /// not be taken for heard. An answer without a body has no place for it.
    fileprivate func noting(_ answer: BackendAnswer) -> BackendAnswer {
        guard answer.data != nil || answer.login != nil,
            let warning = UnrecognizedParameters.warning(fields.unknown)
        else { return answer }
        var noted = answer
        noted.warnings.append(warning)
        return noted
    }
}

/// How a path is served: at once on the event loop, in a task where something has to be waited for,
/// or by a callback where a task for each request would cost too much.
enum CoreHandler: Sendable {
    typealias Completion = @Sendable (Result<BackendAnswer, BackendFailure>) -> Void

    case immediate(@Sendable (CoreCall) throws(BackendFailure) -> BackendAnswer)
    case suspending(@Sendable (CoreCall) async throws(BackendFailure) -> BackendAnswer)
    /// Calls the completion exactly once, on any thread.
    case callback(@Sendable (CoreCall, @escaping Completion) -> Void)
}

extension BackendOutcome {
    fileprivate init(_ result: Result<BackendAnswer, BackendFailure>) {
        switch result {
        case .success(let answer): self = .success(answer)
        case .failure(let failure): self = .failure(failure)
        }
    }
}

typealias CorePath = Route<CoreHandler>

extension Route where Handler == CoreHandler {
    /// A path of the core: pattern, what serves each operation, its fields, and a line for people.
    init(
        _ pattern: String, _ operations: [Paths.Operation: CoreHandler], fields: [Field] = [],
        help: String
    ) {
        self.init(
            PathPattern(pattern), operations: operations, fields: fields, summary: help,
            description: "")
    }
}

extension Route where Handler == DeclaredRoute {
    /// What help and the API's description say of a path of the core.
    init(declaring path: CorePath) {
        self.init(
            path.pattern, operations: path.operations.mapValues { _ in DeclaredRoute() },
            fields: path.fields, summary: path.summary, description: path.description)
    }
}

/// A table of paths as a backend.
final class CoreEngine: Backend {
    let manifest: BackendManifest
    private let core: Core
    private let routes: RouteTable<CoreHandler>
    /// Patterns of the paths that are there in every namespace; `nil` is all of them. What is not
    /// listed is there in the root namespace only, so a new path is closed until somebody opens it.
    private let inEveryNamespace: Set<String>?

    /// - Parameter rootPaths: those that only the root namespace has.
    init(
        _ name: String, kind: BackendKind, core: Core, paths: [CorePath],
        rootPaths: [CorePath] = [],
        unauthenticated: [String] = [], opened: [OpenedPaths] = [], sudo: [String] = [],
        statusPaths: [Route<DeclaredRoute>] = []
    ) {
        self.core = core
        inEveryNamespace = rootPaths.isEmpty ? nil : Set(paths.map(\.pattern.text))
        let paths = paths + rootPaths
        self.routes = RouteTable(paths)
        // The status paths answer before there is any token; here they have their help.
        let open = unauthenticated + statusPaths.map(\.pattern.text)
        manifest = BackendManifest(
            pluginName: name, pluginVersion: CofferVersion.text, kind: kind,
            routes: RouteTable(paths.map(Route.init(declaring:)) + statusPaths),
            unauthenticatedPaths: PathSet(open), sudoPaths: PathSet(sudo),
            opened: opened.map { ($0.permission, PathSet($0.paths)) })
    }

    func handle(_ request: BackendRequest, then: @escaping @Sendable (BackendOutcome) -> Void) {
        do throws(BackendFailure) {
            let (handler, call) = try prepare(request)
            switch handler {
            case .immediate(let body): then(.success(call.noting(try body(call))))
            case .callback(let body): body(call) { then(BackendOutcome($0.map(call.noting))) }
            case .suspending(let body):
                Task {
                    do throws(BackendFailure) {
                        then(.success(call.noting(try await body(call))))
                    } catch { then(.failure(error)) }
                }
            }
        } catch { then(.failure(error)) }
    }

    private func prepare(
        _ request: BackendRequest
    ) throws(BackendFailure) -> (CoreHandler, CoreCall) {
        switch routes.find(path: request.path, operation: request.operation) {
        case .unsupportedPath: throw BackendFailure(.unsupportedPath, "unsupported path")
        case .unsupportedOperation:
            throw BackendFailure(.unsupportedOperation, "unsupported operation")
        case .found(let route, let handler, let captures):
            try checkNamespace(request, route)
            let fields: FieldValues
            do {
                let body = request.data.isEmpty ? nil : try JSONValue(parsing: request.data)
                fields = try FieldValues(fields: route.fields, captures: captures, data: body)
            } catch let error as FieldError {
                throw BackendFailure(.invalidRequest, error.message)
            } catch {
                throw BackendFailure(.invalidRequest, "failed to parse JSON input: \(error)")
            }
            let server = try core.activeState()
            let call = CoreCall(
                core: core, server: server, state: request.state ?? server.root,
                caller: request.caller, request: request, captures: captures, fields: fields)
            return (handler, call)
        }
    }

    private func checkNamespace(
        _ request: BackendRequest, _ route: CorePath
    ) throws(BackendFailure) {
        guard let inEveryNamespace, let state = request.state, !state.namespace.isRoot,
            !inEveryNamespace.contains(route.pattern.text)
        else { return }
        throw BackendFailure(.invalidRequest, "operation unavailable in namespaces")
    }

    func reconfigure(_ mount: BackendMount) async throws(BackendFailure) {}
    func close() async {}
}

/// The engines that every namespace has from its first day and that cannot be disabled. Each is
/// made once and mounted in all namespaces.
struct CoreEngines: Sendable {
    private struct Engine: Sendable {
        let path: String
        let kind: BackendKind
        let type: String
        let description: String
        let backend: any Backend
    }

    private let engines: [Engine]

    init(core: Core) {
        engines = [
            Engine(
                path: "sys/", kind: .secret, type: "system",
                description: "system endpoints used for control, policy and debugging",
                backend: SystemEngine.make(core)),
            Engine(
                path: "cubbyhole/", kind: .secret, type: "cubbyhole",
                description: "per-token private secret storage",
                backend: CubbyholeEngine.make(core)),
            Engine(
                path: "token/", kind: .auth, type: "token",
                description: "token based credentials", backend: TokenEngine.make(core)),
            Engine(
                path: "identity/", kind: .secret, type: "identity", description: "identity store",
                backend: IdentityEngine.make(core)),
        ]
    }

    func mounts(of namespace: Namespace) -> [Mount] {
        engines.map { engine in
            // The same in every store: these mounts have no data of their own below a mount's
            // prefix.
            let place = namespace.isRoot ? "" : " of namespace \(namespace.id)"
            let id = UUID128(digestOf: "coffer core engine \(engine.type)" + place)
            let type = namespace.isRoot ? engine.type : "ns_" + engine.type
            let entry = MountEntry(
                path: engine.path, kind: engine.kind, type: type,
                description: engine.description, id: id,
                accessor: (engine.kind == .auth ? "auth_" : "") + "\(type)_\(id.text.prefix(8))",
                options: [:], settings: MountSettings(), isLocal: false,
                isSealWrapped: engine.kind == .secret, pluginVersion: CofferVersion.text)
            return Mount(
                entry: entry, in: namespace, isBuiltIn: true, backend: engine.backend)
        }
    }
}

extension UUID128 {
    /// The same id for the same name, always.
    init(digestOf name: String) {
        let hex = Hex.encode(SHA256.hash(Array(name.utf8)))
        func part(_ start: Int, _ count: Int) -> Substring { hex.dropFirst(start).prefix(count) }
        let text = [part(0, 8), part(8, 4), part(12, 4), part(16, 4), part(20, 12)]
            .joined(separator: "-")
        self = UUID128(text) ?? UUID128()
    }
}
