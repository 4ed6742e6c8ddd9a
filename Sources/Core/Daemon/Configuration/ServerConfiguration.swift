// What the server was told to be.

/// Made by `parse` or `load`, which check it; every value here can be acted on.
public struct ServerConfiguration: Sendable, Equatable {
    public var storage: StorageConfiguration = .inMemory
    public var listeners: [ListenerConfiguration] = []
    public var auditDevices: [AuditDeviceConfiguration] = []

    /// Where clients and other nodes reach this one, as full URLs.
    public var apiAddress: String?
    public var clusterAddress: String?
    public var clusterName: String?

    public var defaultLeaseTTLSeconds = ConfigurationLimits.defaultLeaseTTLSeconds
    public var maxLeaseTTLSeconds = ConfigurationLimits.defaultLeaseTTLSeconds
    public var defaultMaxRequestDuration = ConfigurationLimits.defaultRequestDuration

    public var log = LogConfiguration()
    public var plugins = PluginConfiguration()
    public var telemetry = TelemetryConfiguration()

    public var policyGlob: PolicyGlob = .prefix
    /// By type of auth method, or `all`.
    public var userLockout: [String: UserLockoutConfiguration] = [:]
    public var isUIEnabled = false
    /// The key is read so that Vault's files work; what it asks for is the daemon's business.
    public var isMlockDisabled = false
    public var isCacheDisabled = false
    public var isRawStorageEndpointEnabled = false
    public var isIntrospectionEndpointEnabled = false
    public var addsHostnameHeader = false
    public var pidFile: String?

    /// Unknown keys, keys without effect, old words; for the log at start.
    public var warnings: [ConfigurationProblem] = []

    /// The defaults, for a server that runs in development mode without a file.
    public init() {}
}

/// What a trailing `*` in a policy's path matches.
public enum PolicyGlob: String, Sendable, Hashable, CaseIterable {
    case prefix, segment
}

public struct LogConfiguration: Sendable, Equatable {
    public enum Level: String, Sendable, Hashable, CaseIterable {
        case trace, debug, info, warn, error
    }
    public enum Format: String, Sendable, Hashable, CaseIterable {
        case standard, json
    }

    public var level: Level = .info
    public var format: Format = .standard
    public var file: String?
}

public struct PluginConfiguration: Sendable, Equatable {
    public var directory: String?
    /// The owner that plugin files must have, if not the server's own user.
    public var fileUserID: UInt32?
    public var filePermissions: UInt32?
    /// Plugins then may do what the server may.
    public var isSandboxDisabled = false
    /// How long a process without work is kept; nil leaves it to the host.
    public var idleTimeout: Duration?
    /// How many processes there may be at once; nil leaves it to the host.
    public var maxProcesses: Int?
}

public enum StorageConfiguration: Sendable, Equatable {
    case inMemory
    /// `mapBytes` is how large the store may grow, and `residentBytes` how much of it may count as
    /// the process's memory; nil leaves it to the store.
    case lmdb(path: String, mapBytes: Int?, residentBytes: Int? = nil)
}
