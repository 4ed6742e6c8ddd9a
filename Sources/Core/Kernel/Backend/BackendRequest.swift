// The smaller request that an engine sees, built by allow-list from the client's.

public import Cryptography
public import Paths

/// A request as an engine gets it: no token, no namespace, no header that was not allowed. A class,
/// since it passes through many hands on its way.
public final class BackendRequest: Sendable {
    public let lane: Int
    public let operation: Operation
    /// Relative to the mount.
    public let path: String
    /// A JSON object, or empty.
    public let data: [UInt8]
    public let requestID: UUID128
    public let entityID: String
    public let displayName: String
    public let remoteAddress: String
    public let headers: [(name: String, value: String)]
    /// What the engine gave with the lease or login that is renewed, revoked or rolled back.
    public let internalData: [UInt8]
    /// Monotonic clock, in nanoseconds; an answer after it is of no use.
    public let deadlineNanoseconds: UInt64
    /// Who asks. Not public: the core's own engines see it, an engine's process never does.
    let caller: Caller?
    /// The tables of the namespace that the request is for, for the core's own engines.
    let state: NamespaceState?
    /// The token's text as it came, whether it opens anything or not. For the core's own engines
    /// only, like the caller.
    let clientToken: SecretBytes?
    /// Whether the answer will be wrapped.
    let isWrapped: Bool

    public convenience init(
        lane: Int, operation: Operation, path: String, data: [UInt8] = [], requestID: UUID128,
        entityID: String = "", displayName: String = "", remoteAddress: String = "",
        headers: [(name: String, value: String)] = [], internalData: [UInt8] = [],
        deadlineNanoseconds: UInt64
    ) {
        self.init(
            lane: lane, operation: operation, path: path, data: data, requestID: requestID,
            entityID: entityID, displayName: displayName, remoteAddress: remoteAddress,
            headers: headers, internalData: internalData, deadlineNanoseconds: deadlineNanoseconds,
            caller: nil, state: nil, clientToken: nil, isWrapped: false)
    }

    init(
        lane: Int, operation: Operation, path: String, data: [UInt8] = [], requestID: UUID128,
        entityID: String, displayName: String, remoteAddress: String,
        headers: [(name: String, value: String)], internalData: [UInt8] = [],
        deadlineNanoseconds: UInt64, caller: Caller?, state: NamespaceState?,
        clientToken: SecretBytes?, isWrapped: Bool
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
        self.caller = caller
        self.state = state
        self.clientToken = clientToken
        self.isWrapped = isWrapped
    }
}
