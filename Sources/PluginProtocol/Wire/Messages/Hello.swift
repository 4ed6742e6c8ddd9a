// The first frame of a connection, from the host, and the plugin's answer.

public struct Hello: Sendable, Equatable {
    public var major: UInt32
    public var minor: UInt32
    public var features: [String]
    /// The largest payload that either end may send from now on.
    public var maxFrameBytes: UInt32
    /// How many storage calls the plugin may have open on this connection.
    public var maxCallsInFlight: UInt32
    public var lane: UInt32
    public var grease: Grease

    public init(
        major: UInt32 = WireLimits.major, minor: UInt32 = WireLimits.minor,
        features: [String] = [], maxFrameBytes: UInt32 = UInt32(WireLimits.maxFramePayloadBytes),
        maxCallsInFlight: UInt32 = UInt32(WireLimits.maxCallsInFlight), lane: UInt32,
        grease: Grease = .random()
    ) {
        self.major = major
        self.minor = minor
        self.features = features
        self.maxFrameBytes = maxFrameBytes
        self.maxCallsInFlight = maxCallsInFlight
        self.lane = lane
        self.grease = grease
    }
}

public struct HelloReply: Sendable, Equatable {
    public var major: UInt32
    public var minor: UInt32
    /// The part of the offered features that will be used.
    public var features: [String]
    public var name: String
    public var version: String
    public var type: PluginType
    /// How many calls the host may have open on this connection.
    public var maxCallsInFlight: UInt32

    public init(
        major: UInt32 = WireLimits.major, minor: UInt32 = WireLimits.minor,
        features: [String] = [], name: String, version: String, type: PluginType,
        maxCallsInFlight: UInt32 = UInt32(WireLimits.maxCallsInFlight)
    ) {
        self.major = major
        self.minor = minor
        self.features = features
        self.name = name
        self.version = version
        self.type = type
        self.maxCallsInFlight = maxCallsInFlight
    }
}
