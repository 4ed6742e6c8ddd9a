// What a client asked for, after HTTP and before any decision: bounds are checked, nothing is
// trusted.

public import Cryptography
public import Paths

/// One request of a client.
///
/// The HTTP layer has checked its size, its path's spelling and that `data` is one JSON object; who
/// sent it and whether they may is the pipeline's business.
public struct ClientRequest: Sendable {
    /// Random, given back in the envelope and written to the audit log.
    public var id: UUID128
    /// Index of the event loop that accepted the connection; the answer goes back on it.
    public var lane: Int
    /// POST and PUT arrive as `.update`; the pipeline finds out whether that means `.create`.
    public var operation: Operation
    /// What follows `/v1/`, percent-decoded, without a leading slash; `LIST` paths end in one.
    public var path: String
    /// Whether there is `//` in the path, which only few paths take; see
    /// `RequestPipeline.checkEmptySegments`.
    public var hasEmptySegments = false
    /// `X-Vault-Token` or the bearer token.
    public var token: SecretBytes?
    /// `X-Vault-Namespace` without slashes at its ends; empty is the root namespace.
    public var namespace: String
    /// The JSON object of the body, or of the query for reads, lists and deletes; empty when there
    /// is none.
    public var data: [UInt8]
    /// `X-Vault-Wrap-TTL`.
    public var wrapTTLSeconds: UInt64?
    /// Peer's IP address as text; empty for Unix sockets.
    public var remoteAddress: String
    public var remotePort: Int
    /// All headers, names in lower case.
    public var headers: [(name: String, value: String)]
    /// How long an engine may take; `nil` leaves it to the core's setting.
    public var maxSeconds: UInt64?
    /// When it had come in whole, on the monotonic clock; 0 if the listener does not say.
    public var receivedNanoseconds: UInt64 = 0
    /// A HEAD request: answered as GET, without a body.
    public var isHead: Bool
    /// What the listener lets in without a token; nothing, unless its configuration says so.
    public var listenerPermissions: ListenerPermissions

    public init(
        id: UUID128 = UUID128(), lane: Int = 0, operation: Operation, path: String,
        token: SecretBytes? = nil, namespace: String = "", data: [UInt8] = [],
        wrapTTLSeconds: UInt64? = nil, remoteAddress: String = "", remotePort: Int = 0,
        headers: [(name: String, value: String)] = [], maxSeconds: UInt64? = nil,
        isHead: Bool = false, listenerPermissions: ListenerPermissions = []
    ) {
        self.id = id
        self.lane = lane
        self.operation = operation
        self.path = path
        self.token = token
        self.namespace = namespace
        self.data = data
        self.wrapTTLSeconds = wrapTTLSeconds
        self.remoteAddress = remoteAddress
        self.remotePort = remotePort
        self.headers = headers
        self.maxSeconds = maxSeconds
        self.isHead = isHead
        self.listenerPermissions = listenerPermissions
    }
}
