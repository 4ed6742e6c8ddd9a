// The requests that are being answered, as the listeners know them.

public import Clock
public import Cryptography

/// A request that was taken up and not answered yet.
public struct InFlightRequest: Sendable {
    public var id: UUID128
    public var startedAt: Timestamp
    public var remoteAddress: String
    public var path: String
    public var method: String

    public init(
        id: UUID128, startedAt: Timestamp, remoteAddress: String, path: String, method: String
    ) {
        self.id = id
        self.startedAt = startedAt
        self.remoteAddress = remoteAddress
        self.path = path
        self.method = method
    }
}

/// Whoever holds the connections: asking them costs ordinary requests nothing.
public protocol InFlightRequests: Sendable {
    func inFlightRequests() async -> [InFlightRequest]
}
