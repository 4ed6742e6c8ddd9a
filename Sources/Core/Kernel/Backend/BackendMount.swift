// A mount as its engine's launcher sees it.

public import Cryptography

public struct BackendMount: Sendable {
    public var id: UUID128
    /// Random id of the namespace that it is in: what mounts share, they share within one.
    public var namespaceID: String
    public var kind: BackendKind
    /// The engine's name in the catalog.
    public var type: String
    /// What is run, if it is registered; `nil` is the built-in of this type.
    public var program: PluginProgram?
    /// With its trailing slash, such as `secret/` or `auth/userpass/`.
    public var path: String
    public var options: [String: String]
    public var defaultLeaseTTLSeconds: UInt64
    public var maxLeaseTTLSeconds: UInt64
    public var storage: MountStorage
    /// What the catalog has now under the program's name and version.
    public var registered: @Sendable () -> PluginProgram? = { nil }
    /// What holds for its namespace at the moment of asking, the namespace's own bounds first. A
    /// process is within all of them.
    public var bounds: @Sendable () -> [NamespaceBounds]

    public init(
        id: UUID128, namespaceID: String = "", kind: BackendKind, type: String,
        program: PluginProgram? = nil, path: String, options: [String: String],
        defaultLeaseTTLSeconds: UInt64, maxLeaseTTLSeconds: UInt64,
        storage: MountStorage, bounds: @escaping @Sendable () -> [NamespaceBounds] = { [] }
    ) {
        self.id = id
        self.namespaceID = namespaceID
        self.kind = kind
        self.type = type
        self.program = program
        self.path = path
        self.options = options
        self.defaultLeaseTTLSeconds = defaultLeaseTTLSeconds
        self.maxLeaseTTLSeconds = maxLeaseTTLSeconds
        self.storage = storage
        self.bounds = bounds
    }
}
