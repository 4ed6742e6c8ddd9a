// One request to an engine: what it needs of the client's, by allow-list. No token is ever in it.

public struct EngineRequest: Sendable, Equatable {
    public var mount: MountID
    /// A number of `Paths.Operation`; one that the plugin does not know is an unsupported
    /// operation.
    public var operation: UInt8
    /// Relative to the mount, UTF-8.
    public var path: [UInt8]
    /// A JSON object as the client sent it, or empty.
    public var data: [UInt8]
    public var requestID: [UInt8]
    public var entityID: String
    public var displayName: String
    public var remoteAddress: String
    public var headers: [TextPair]
    /// Counted from receipt; 0 = none.
    public var deadlineMilliseconds: UInt32
    public var prefetched: [StorageEntry]
    /// Renew and revoke: the `internalData` of the grant.
    public var internalData: [UInt8]

    public init(
        mount: MountID, operation: UInt8, path: [UInt8], data: [UInt8] = [],
        requestID: [UInt8] = [], entityID: String = "", displayName: String = "",
        remoteAddress: String = "", headers: [TextPair] = [], deadlineMilliseconds: UInt32 = 0,
        prefetched: [StorageEntry] = [], internalData: [UInt8] = []
    ) {
        self.mount = mount
        self.operation = operation
        self.path = path
        self.data = data
        self.requestID = requestID
        self.entityID = entityID
        self.displayName = displayName
        self.remoteAddress = remoteAddress
        self.headers = headers
        self.deadlineMilliseconds = deadlineMilliseconds
        self.prefetched = prefetched
        self.internalData = internalData
    }
}
