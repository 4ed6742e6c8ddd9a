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
    /// Monotonic clock, in nanoseconds; an answer after it is of no use.
    public var deadlineNanoseconds: UInt64
    /// Who asks. Not public: the core's own engines see it, an engine's process never does.
    var caller: Caller?

    public init(
        lane: Int, operation: Operation, path: String, data: [UInt8] = [], requestID: UUID128,
        entityID: String = "", displayName: String = "", remoteAddress: String = "",
        headers: [(name: String, value: String)] = [], deadlineNanoseconds: UInt64
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
        self.deadlineNanoseconds = deadlineNanoseconds
    }
}
