// What the parts around the core can tell, once they are there.

public import JSON
internal import Synchronization

/// Set once at start, after the parts that need the core were made.
public struct Surroundings: Sendable {
    public var inFlight: (any InFlightRequests)?
    public var headers: (any ConfiguredHeaders)?
    public var log: (any LogControl)?
    /// The configuration as it may be shown.
    public var shownConfiguration: JSONObject?

    public init() {}
}

extension Core {
    public func connect(_ surroundings: Surroundings) {
        self.surroundings.withLock { $0 = surroundings }
    }
}
