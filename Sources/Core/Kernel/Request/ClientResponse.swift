// What goes back to a client, before it is put into HTTP.

public import Cryptography
public import JSON

/// An answer: status, body and headers beyond the ones that every answer has.
public struct ClientResponse: Sendable {
    public var status: Int
    public var body: ResponseBody
    public var headers: [(name: String, value: String)]

    public init(
        status: Int, body: ResponseBody = .none, headers: [(name: String, value: String)] = []
    ) {
        self.status = status
        self.body = body
        self.headers = headers
    }
}

public enum ResponseBody: Sendable {
    /// No body: a 204, or what a write without data answers.
    case none
    /// `{"errors": [...]}`, with `warnings` beside it where there are any.
    case errors([String], warnings: [String] = [])
    /// A complete JSON document, sent as it is (`sys/health`, `sys/seal-status`).
    case json([UInt8])
    /// Anything else: certificates, metrics.
    case raw(contentType: String, [UInt8])
    /// Vault's envelope around an engine's data.
    case envelope(Envelope)
    /// A body that is sent as it comes into being, until its stream or the connection ends.
    case stream(contentType: String, any ResponseStream)
}

/// Vault's response envelope.
public struct Envelope: Sendable {
    public var requestID: UUID128
    public var leaseID: String
    public var renewable: Bool
    public var leaseDurationSeconds: UInt64
    /// A JSON object, spliced in as bytes; `nil` is `null`.
    public var data: [UInt8]?
    public var wrapInfo: JSONValue?
    public var warnings: [String]
    public var auth: JSONValue?
    /// Type of the mount that answered, such as `kv` or `system`.
    public var mountType: String
    /// A few old `sys/` endpoints repeat the members of `data` beside the envelope's own.
    public var dataAtTopLevel: Bool

    public init(
        requestID: UUID128, leaseID: String = "", renewable: Bool = false,
        leaseDurationSeconds: UInt64 = 0, data: [UInt8]? = nil, wrapInfo: JSONValue? = nil,
        warnings: [String] = [], auth: JSONValue? = nil, mountType: String = "",
        dataAtTopLevel: Bool = false
    ) {
        self.requestID = requestID
        self.leaseID = leaseID
        self.renewable = renewable
        self.leaseDurationSeconds = leaseDurationSeconds
        self.data = data
        self.wrapInfo = wrapInfo
        self.warnings = warnings
        self.auth = auth
        self.mountType = mountType
        self.dataAtTopLevel = dataAtTopLevel
    }
}
