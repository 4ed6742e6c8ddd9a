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

    /// Runs another program for the mount, or the same one anew, beside the one that serves it.
    /// Requests go to the new one when it has taken the mount over; if it does not, this throws and
    /// nothing has changed. A new one that ends in its first seconds is given up again by itself:
    /// then `rolledBack` is called, with why.
    func replace(
        for mount: BackendMount, rolledBack: @escaping @Sendable (_ reason: String) -> Void
    ) async throws(BackendFailure)

    /// What runs for the mount, if it is a program of its own.
    var running: RunningPlugin? { get }

    /// Ends the mount's use of the engine; its data stay.
    func close() async
}

extension Backend {
    /// An engine within the core is no program.
    public var running: RunningPlugin? { nil }

    public func replace(
        for mount: BackendMount, rolledBack: @escaping @Sendable (_ reason: String) -> Void
    ) async throws(BackendFailure) { try await reconfigure(mount) }
}

/// The program that serves a mount.
public struct RunningPlugin: Sendable, Hashable {
    /// What the plugin says of itself.
    public var version: String
    /// The catalog's entry; `nil` for one that is none.
    public var program: PluginProgram?
    /// SHA-256 of the file, in hexadecimal.
    public var digest: String

    public init(version: String, program: PluginProgram?, digest: String) {
        self.version = version
        self.program = program
        self.digest = digest
    }
}

/// Opens backends for mounts and knows which types there are.
public protocol BackendLauncher: Sendable {
    /// Makes a mount's backend ready to answer.
    ///
    /// Throws `.invalidRequest` for a type that does not exist or an option that the engine
    /// refuses, `.unavailable` for an engine that does not start.
    func open(_ mount: BackendMount) async throws(BackendFailure) -> any Backend

    /// The engines that can be mounted, and the database plugins within them.
    var catalog: [CatalogEntry] { get }

    /// Looks whether a program can be registered: it is there, nobody else can change it, and it is
    /// the one with this digest. What its file says that it needs is the answer.
    func check(_ program: PluginProgram) async throws(BackendFailure) -> PluginPermissions

    /// What an engine that comes with the server may do.
    func permissions(of entry: CatalogEntry) async throws(BackendFailure) -> PluginPermissions

    /// An entry of the catalog was made or replaced: programs that could not be started for what
    /// the old one said may be tried again.
    func registered(_ program: PluginProgram) async

    /// The engines' processes, for operators.
    var status: [PluginStatus] { get async }

    /// How many processes there are, by the `namespaceID` of their mounts.
    var processCounts: [String: Int] { get }

    /// Ends all engine processes: drains them first, then by force. Engines can be opened again
    /// afterwards.
    func endAll() async

    /// Ends the engine processes of one namespace, by the `namespaceID` of its mounts.
    func endAll(of namespaceID: String) async

    /// Ends all engine processes for good.
    func shutdown() async
}

extension BackendLauncher {
    public func check(
        _ program: PluginProgram
    ) async throws(BackendFailure) -> PluginPermissions {
        throw BackendFailure(
            .invalidRequest, "could not set plugin, plugin directory is not configured")
    }

    public func permissions(
        of entry: CatalogEntry
    ) async throws(BackendFailure) -> PluginPermissions { PluginPermissions() }

    public func registered(_ program: PluginProgram) async {}

    /// Engines within the core have no process.
    public var status: [PluginStatus] { get async { [] } }
    public var processCounts: [String: Int] { [:] }
}

extension BackendLauncher {
    public func endAll(of namespaceID: String) async {}
}

/// An engine that can be mounted, or a database plugin that is a part of one.
public struct CatalogEntry: Sendable, Hashable {
    /// The name it is mounted by, such as `kv`, or that the engine knows the part by.
    public var type: String
    public var kind: BackendKind
    public var version: String
    public var isBuiltin: Bool
    /// The engine that it is a part of, if it is no program of its own.
    public var engine: String?

    public init(
        type: String, kind: BackendKind, version: String, isBuiltin: Bool, engine: String? = nil
    ) {
        self.type = type
        self.kind = kind
        self.version = version
        self.isBuiltin = isBuiltin
        self.engine = engine
    }
}

public enum BackendKind: String, Sendable, Hashable {
    case secret
    case auth
    case database
}
