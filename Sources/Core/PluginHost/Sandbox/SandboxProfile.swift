// What a plugin's process may do beyond computing and talking to the core. By default nothing.

/// Part of a plugin's entry in the catalog. What is not declared here is refused by the kernel, not
/// by the plugin's good will.
public struct SandboxProfile: Sendable, Hashable {
    /// Sockets to other machines and to local services.
    public var allowsNetwork: Bool
    /// Files, and folders with all below them, that may be read. Absolute paths.
    public var readablePaths: [String]
    /// Files, and folders with all below them, that may be read, written and removed.
    public var writablePaths: [String]
    /// Paths that are not there are no reason not to start it. Of an operator's entry they are: a
    /// path may be misspelt.
    public var pathsMayBeMissing = false
    /// Memory that the process may fill, besides its code.
    public var memoryBytes: UInt64
    /// Processes that it may start, each kept in the same sandbox. Threads are not counted here.
    public var processes: Int
    public var openFiles: Int
    /// The core's limits do not hold: the plugin may do what the server may. For the server's
    /// configuration only; no catalog entry may say so.
    public var isDisabled: Bool

    public init(
        allowsNetwork: Bool = false, readablePaths: [String] = [], writablePaths: [String] = [],
        memoryBytes: UInt64 = PluginHostLimits.pluginMemoryBytes, processes: Int = 0,
        openFiles: Int = PluginHostLimits.pluginOpenFiles, isDisabled: Bool = false
    ) {
        self.allowsNetwork = allowsNetwork
        self.readablePaths = readablePaths
        self.writablePaths = writablePaths
        self.memoryBytes = memoryBytes
        self.processes = processes
        self.openFiles = openFiles
        self.isDisabled = isDisabled
    }
}
