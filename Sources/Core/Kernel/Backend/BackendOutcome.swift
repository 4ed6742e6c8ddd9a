// What an engine answered: an answer or a failure, never both.

internal import JSON

/// The outcome of one call to a backend.
public enum BackendOutcome: Sendable {
    case success(BackendAnswer)
    case failure(BackendFailure)
}

/// An engine's answer.
public struct BackendAnswer: Sendable {
    /// A JSON object; `nil` answers a write with 204 and a read with 404.
    public var data: [UInt8]?
    /// HTTP status where it is not the usual one, such as 404 together with data.
    public var status: Int?
    public var warnings: [String]
    public var lease: LeaseGrant?
    /// Only auth methods may return one.
    public var auth: AuthGrant?
    /// A body that is not JSON; `data` is then ignored.
    public var raw: RawBody?
    public var headers: [(name: String, value: String)]
    /// Seconds for the envelope's `lease_duration` where there is no lease (KV version 1).
    public var leaseDurationSeconds: UInt64
    /// After how many seconds the mount wants to be woken; 0 = nothing said.
    public var wakeSeconds: UInt64
    /// The envelope's `auth`, which only the core itself fills in.
    var login: JSONValue?
    /// The lease that the envelope shows, which only the core itself fills in.
    var kept: KeptLease?
    /// A response that was kept and is given as it was; everything else here is then ignored.
    var replay: ClientResponse?
    /// `data` is the whole answer, without an envelope: endpoints older than it, and only those of
    /// the core.
    var isBare = false

    public init(
        data: [UInt8]? = nil, status: Int? = nil, warnings: [String] = [],
        lease: LeaseGrant? = nil, auth: AuthGrant? = nil, raw: RawBody? = nil,
        headers: [(name: String, value: String)] = [], leaseDurationSeconds: UInt64 = 0,
        wakeSeconds: UInt64 = 0
    ) {
        self.data = data
        self.status = status
        self.warnings = warnings
        self.lease = lease
        self.auth = auth
        self.raw = raw
        self.headers = headers
        self.leaseDurationSeconds = leaseDurationSeconds
        self.wakeSeconds = wakeSeconds
    }
}

public struct RawBody: Sendable {
    public var contentType: String
    public var bytes: [UInt8]

    public init(contentType: String, bytes: [UInt8]) {
        self.contentType = contentType
        self.bytes = bytes
    }
}

/// A secret that ends: the core makes a lease of it.
public struct LeaseGrant: Sendable {
    public var ttlSeconds: UInt64
    public var maxTTLSeconds: UInt64
    public var isRenewable: Bool
    /// What the engine wants back when the lease is renewed or revoked; JSON.
    public var internalData: [UInt8]

    public init(ttlSeconds: UInt64, maxTTLSeconds: UInt64, isRenewable: Bool, internalData: [UInt8])
    {
        self.ttlSeconds = ttlSeconds
        self.maxTTLSeconds = maxTTLSeconds
        self.isRenewable = isRenewable
        self.internalData = internalData
    }
}

/// A login: the core makes a token of it.
public struct AuthGrant: Sendable {
    public var policies: [String]
    public var displayName: String
    public var metadata: [(name: String, value: String)]
    public var ttlSeconds: UInt64
    public var maxTTLSeconds: UInt64
    public var periodSeconds: UInt64
    public var explicitMaxTTLSeconds: UInt64
    public var isRenewable: Bool
    public var numberOfUses: UInt64
    public var boundCIDRs: [String]
    public var tokenType: String
    public var aliasName: String
    public var aliasMetadata: [(name: String, value: String)]
    public var excludesDefaultPolicy: Bool
    public var internalData: [UInt8]
    /// The groups, by their names at the mount, that whoever logs in belongs to now.
    public var groupAliases: [String]

    public init(
        policies: [String], displayName: String, metadata: [(name: String, value: String)] = [],
        ttlSeconds: UInt64 = 0, maxTTLSeconds: UInt64 = 0, periodSeconds: UInt64 = 0,
        explicitMaxTTLSeconds: UInt64 = 0, isRenewable: Bool = true, numberOfUses: UInt64 = 0,
        boundCIDRs: [String] = [], tokenType: String = "service", aliasName: String = "",
        aliasMetadata: [(name: String, value: String)] = [], excludesDefaultPolicy: Bool = false,
        internalData: [UInt8] = [], groupAliases: [String] = []
    ) {
        self.policies = policies
        self.displayName = displayName
        self.metadata = metadata
        self.ttlSeconds = ttlSeconds
        self.maxTTLSeconds = maxTTLSeconds
        self.periodSeconds = periodSeconds
        self.explicitMaxTTLSeconds = explicitMaxTTLSeconds
        self.isRenewable = isRenewable
        self.numberOfUses = numberOfUses
        self.boundCIDRs = boundCIDRs
        self.tokenType = tokenType
        self.aliasName = aliasName
        self.aliasMetadata = aliasMetadata
        self.excludesDefaultPolicy = excludesDefaultPolicy
        self.internalData = internalData
        self.groupAliases = groupAliases
    }
}
