// The smaller request that an engine sees, built by allow-list from the client's.

public import Cryptography
public import Paths

/// A request as an engine gets it: no token, no namespace, no header that was not allowed.
public struct BackendRequest: Sendable {
    public var lane: Int
    public var operation: Operation
    /// Relative to the mount.
    public var path: String
    /// A JSON object, or empty.
    public var data: [UInt8]
    public var requestID: UUID128
    public var entityID: String
    public var displayName: String
    public var remoteAddress: String
    public var headers: [(name: String, value: String)]
    /// What the engine gave with the lease or login that is renewed, revoked or rolled back.
    public var internalData: [UInt8]
    /// Monotonic clock, in nanoseconds; an answer after it is of no use.
    public var deadlineNanoseconds: UInt64
    /// Who asks. Not public: the core's own engines see it, an engine's process never does.
    var caller: Caller?
    /// The tables of the namespace that the request is for, for the core's own engines.
    var state: NamespaceState?
    /// The token's text as it came, whether it opens anything or not. For the core's own engines
    /// only, like the caller.
    var clientToken: SecretBytes?
    /// Whether the answer will be wrapped.
    var isWrapped = false

    public init(
        lane: Int, operation: Operation, path: String, data: [UInt8] = [], requestID: UUID128,
        entityID: String = "", displayName: String = "", remoteAddress: String = "",
        headers: [(name: String, value: String)] = [], internalData: [UInt8] = [],
        deadlineNanoseconds: UInt64
    ) {
        self.lane = lane
        self.operation = operation
        self.path = path
        self.data = data
        self.requestID = requestID
        self.entityID = entityID
        self.displayName = displayName
        self.remoteAddress = remoteAddress
        self.headers = headers
        self.internalData = internalData
        self.deadlineNanoseconds = deadlineNanoseconds
    }
}
