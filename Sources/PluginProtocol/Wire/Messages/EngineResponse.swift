// An engine's answer. The core checks it as a stranger's.

public struct EngineResponse: Sendable, Equatable {
    public var failure: PluginFailure?
    /// A JSON object, or empty for no data.
    public var data: [UInt8]
    /// 0 = what the operation answers by default.
    public var httpStatus: UInt32
    public var warnings: [String]
    public var lease: LeaseGrant?
    public var auth: AuthGrant?
    public var raw: RawBody?
    public var headers: [TextPair]
    /// Advice without a lease: when to read again.
    public var leaseDurationSeconds: UInt64
    /// When the mount wants to be woken; 0 = nothing said.
    public var wakeSeconds: UInt64

    public init(
        failure: PluginFailure? = nil, data: [UInt8] = [], httpStatus: UInt32 = 0,
        warnings: [String] = [], lease: LeaseGrant? = nil, auth: AuthGrant? = nil,
        raw: RawBody? = nil, headers: [TextPair] = [], leaseDurationSeconds: UInt64 = 0,
        wakeSeconds: UInt64 = 0
    ) {
        self.failure = failure
        self.data = data
        self.httpStatus = httpStatus
        self.warnings = warnings
        self.lease = lease
        self.auth = auth
        self.raw = raw
        self.headers = headers
        self.leaseDurationSeconds = leaseDurationSeconds
        self.wakeSeconds = wakeSeconds
    }
}

/// A body that is not JSON in Vault's envelope: a certificate, a key, a metrics page.
public struct RawBody: Sendable, Equatable {
    public var contentType: String
    public var body: [UInt8]
    public var status: UInt32

    public init(contentType: String, body: [UInt8], status: UInt32 = 200) {
        self.contentType = contentType
        self.body = body
        self.status = status
    }
}
