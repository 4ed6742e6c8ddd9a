// What a client asked for, after HTTP and before any decision: bounds are checked, nothing is
// trusted.

public import Cryptography
public import Paths

/// One request of a client.
///
/// The HTTP layer has checked its size, its path's spelling and that `data` is one JSON object; who
/// sent it and whether they may is the pipeline's business. A class, since every step of its way
/// hands it to the next, and a copy of all this would count a dozen references up and down.
public final class ClientRequest: Sendable {
    /// Random, given back in the envelope and written to the audit log.
    public let id: UUID128
    /// Index of the event loop that accepted the connection; the answer goes back on it.
    public let lane: Int
    /// POST and PUT arrive as `.update`; the pipeline finds out whether that means `.create`.
    public let operation: Operation
    /// What follows `/v1/`, percent-decoded, without a leading slash; `LIST` paths end in one.
    public let path: String
    /// Whether there is `//` in the path, which only few paths take; see
    /// `RequestPipeline.checkEmptySegments`.
    public let hasEmptySegments: Bool
    /// `X-Vault-Token` or the bearer token.
    public let token: SecretBytes?
    /// `X-Vault-Namespace` without slashes at its ends; empty is the root namespace.
    public let namespace: String
    /// The JSON object of the body, or of the query for reads, lists and deletes; empty when there
    /// is none.
    public let data: [UInt8]
    /// `X-Vault-Wrap-TTL`.
    public let wrapTTLSeconds: UInt64?
    /// Peer's IP address as text; empty for Unix sockets.
    public let remoteAddress: String
    public let remotePort: Int
    /// All headers, names in lower case.
    public let headers: [(name: String, value: String)]
    /// How long an engine may take; `nil` leaves it to the core's setting.
    public let maxSeconds: UInt64?
    /// When it had come in whole, on the monotonic clock; 0 if the listener does not say.
    public let receivedNanoseconds: UInt64
    /// A HEAD request: answered as GET, without a body.
    public let isHead: Bool
    /// What the listener lets in without a token; nothing, unless its configuration says so.
    public let listenerPermissions: ListenerPermissions

    public init(
        id: UUID128 = UUID128(), lane: Int = 0, operation: Operation, path: String,
        hasEmptySegments: Bool = false, token: SecretBytes? = nil, namespace: String = "",
        data: [UInt8] = [], wrapTTLSeconds: UInt64? = nil, remoteAddress: String = "",
        remotePort: Int = 0, headers: [(name: String, value: String)] = [],
        maxSeconds: UInt64? = nil, receivedNanoseconds: UInt64 = 0, isHead: Bool = false,
        listenerPermissions: ListenerPermissions = []
    ) {
        self.id = id
        self.lane = lane
        self.operation = operation
        self.path = path
        self.hasEmptySegments = hasEmptySegments
        self.token = token
        self.namespace = namespace
        self.data = data
        self.wrapTTLSeconds = wrapTTLSeconds
        self.remoteAddress = remoteAddress
        self.remotePort = remotePort
        self.headers = headers
        self.maxSeconds = maxSeconds
        self.receivedNanoseconds = receivedNanoseconds
        self.isHead = isHead
        self.listenerPermissions = listenerPermissions
    }
    /// The request as the namespace sees it that it is for.
    func placed(in namespace: String, path: String) -> ClientRequest {
        ClientRequest(
            id: id, lane: lane, operation: operation, path: path,
            hasEmptySegments: hasEmptySegments, token: token, namespace: namespace, data: data,
            wrapTTLSeconds: wrapTTLSeconds, remoteAddress: remoteAddress, remotePort: remotePort,
            headers: headers, maxSeconds: maxSeconds, receivedNanoseconds: receivedNanoseconds,
            isHead: isHead, listenerPermissions: listenerPermissions)
    }
}
