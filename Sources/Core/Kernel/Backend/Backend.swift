// What the core knows of an engine: something that answers requests for one mount.

/// Serves the paths below one mount. `sys/` and `auth/token/` are backends like an engine in a
/// process of its own.
public protocol Backend: AnyObject, Sendable {
    /// What the engine declares of itself for this mount.
    var manifest: BackendManifest { get }

    /// Answers one request.
    ///
    /// Called on the request's lane; `then` is called exactly once, on any thread, possibly before
    /// this returns.
    func handle(_ request: BackendRequest, then: @escaping @Sendable (BackendOutcome) -> Void)

    /// Takes over changed options or lifetimes of the mount.
    func reconfigure(_ mount: BackendMount) async throws(BackendFailure)

    /// Ends the mount's use of the engine; its data stay.
    func close() async
}

/// Opens backends for mounts and knows which types there are.
public protocol BackendLauncher: Sendable {
    /// Makes a mount's backend ready to answer.
    ///
    /// Throws `.invalidRequest` for a type that does not exist or an option that the engine
    /// refuses, `.unavailable` for an engine that does not start.
    func open(_ mount: BackendMount) async throws(BackendFailure) -> any Backend

    /// The engines that can be mounted.
    var catalog: [CatalogEntry] { get }

    /// The engines' processes, for operators.
    var status: [PluginStatus] { get async }

    /// Ends all engine processes: drains them first, then by force. Engines can be opened again
    /// afterwards.
    func endAll() async

    /// Ends the engine processes of one namespace, by the `namespaceID` of its mounts.
    func endAll(of namespaceID: String) async

    /// Ends all engine processes for good.
    func shutdown() async
}

extension BackendLauncher {
    /// Engines within the core have no process.
    public var status: [PluginStatus] { get async { [] } }
}

extension BackendLauncher {
    public func endAll(of namespaceID: String) async {}
}

/// An engine that can be mounted.
public struct CatalogEntry: Sendable, Hashable {
    /// The name it is mounted by, such as `kv`.
    public var type: String
    public var kind: BackendKind
    public var version: String
    public var isBuiltin: Bool

    public init(type: String, kind: BackendKind, version: String, isBuiltin: Bool) {
        self.type = type
        self.kind = kind
        self.version = version
        self.isBuiltin = isBuiltin
    }
}

public enum BackendKind: String, Sendable, Hashable {
    case secret
    case auth
    case database
}
