// What the configuration decides about the core.

public import Metrics

/// Settings that do not change while the server runs.
public struct CoreSettings: Sendable {
    public var defaultLeaseTTLSeconds: Int64
    public var maxLeaseTTLSeconds: Int64
    /// How long an engine may take for a request, unless the listener says otherwise.
    public var maxRequestSeconds: UInt64
    public var policyGlob: GlobRule
    public var clusterName: String
    /// Shown as `storage_type`.
    public var storageType: String
    /// Coffer's own version.
    public var version: String
    public var apiAddress: String
    /// How metrics are named and which are shown.
    public var metrics = MetricsSettings()
    /// `sys/raw` answers: entries behind the barrier as they are.
    public var isRawStorageEnabled = false
    /// `sys/internal/inspect` answers.
    public var isIntrospectionEnabled = false
    /// How leases are ended.
    public var leaseTimings = LeaseTimings()
    /// After how many failed logins users are locked out, by type of auth method, or `all`.
    public var userLockout: [String: LockoutSettings] = [:]
    public var audit = AuditSettings()
    /// What of the machine's files is the server's own, besides the audit logs.
    public var files: [ServerFile] = []

    public init(
        defaultLeaseTTLSeconds: Int64 = Int64(KernelLimits.defaultLeaseTTLSeconds),
        maxLeaseTTLSeconds: Int64 = Int64(KernelLimits.maxLeaseTTLSeconds),
        maxRequestSeconds: UInt64 = KernelLimits.engineCallSeconds,
        policyGlob: GlobRule = .prefix, clusterName: String = "", storageType: String = "inmem",
        version: String = CofferVersion.text, apiAddress: String = ""
    ) {
        self.defaultLeaseTTLSeconds = defaultLeaseTTLSeconds
        self.maxLeaseTTLSeconds = maxLeaseTTLSeconds
        self.maxRequestSeconds = maxRequestSeconds
        self.policyGlob = policyGlob
        self.clusterName = clusterName
        self.storageType = storageType
        self.version = version
        self.apiAddress = apiAddress
    }
}

/// The versions that the server says of itself.
public enum CofferVersion {
    /// Coffer's version.
    public static let text = "0.1.0"
    /// What `sys/health` and `sys/seal-status` call `version`. Clients such as Terraform's provider
    /// choose what to send by the Vault version they read here, so it names the API that is spoken,
    /// with Coffer's version as build metadata.
    public static let api = "1.18.0+coffer.\(text)"
}
