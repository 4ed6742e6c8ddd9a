// Every bound of the protocol, in one place. WireLimitsTests asserts how they relate.

public enum WireLimits {
    public static let major: UInt32 = 1
    public static let minor: UInt32 = 0

    public static let headerBytes = 16
    /// The largest client request body; `data` of a request or a response is never larger.
    public static let maxBodyBytes = 32 << 20
    /// A body and what travels beside it: path, headers, names, prefetched entries' keys.
    public static let maxFramePayloadBytes = maxBodyBytes + (64 << 10)
    /// What either end accepts before the handshake has said more.
    public static let maxHandshakePayloadBytes = 64 << 10

    public static let maxCallsInFlight = 4_096
    public static let maxLanes = 1_024
    public static let maxFeatures = 64

    public static let maxKeyBytes = 4_096
    public static let maxPathBytes = 64 << 10
    public static let maxListPage = 10_000
    public static let maxKeysPerGet = 10_000
    public static let maxChangesPerCommit = 10_000
    public static let maxTemplatesPerFill = 1_000

    /// What an engine keeps for a lease or an intent.
    public static let maxIntentBytes = 64 << 10

    public static let maxCallMilliseconds: UInt32 = 90_000

    /// Unpacking may allocate this much for a payload of `count` bytes, all blocks added up. A
    /// field of two bytes costs protobuf-c about fifty, so small payloads need a large factor; the
    /// bulk of a large one is values, which are copied once. It also bounds time: merging a
    /// repeated submessage allocates anew for every repetition.
    static func unpackBudgetBytes(payload count: Int) -> Int {
        let small = min(count, 1 << 20)
        return (64 << 10) + small * 32 + (count - small) * 4
    }
}
