// What the protocol does not allow, and the reasons by which it may be answered.

import Wire

struct Fault: Sendable {
    let name: String
    var isGreeted = true
    let bytes: [UInt8]
    let reasons: Set<CloseReason>

    init(
        _ name: String, greeted: Bool = true, _ bytes: [UInt8], _ reasons: CloseReason...
    ) {
        self.name = name
        isGreeted = greeted
        self.bytes = bytes
        self.reasons = Set(reasons)
    }

    private static let mount = MountID(high: 7, low: 7)
    private static let hello = message(.hello(Hello(lane: 0)), 0)

    static let all: [Fault] = [
        // Frames.
        Fault("a kind that is not known", RawFrame.bytes(kind: 99, call: 0), .unknownKind),
        Fault("kind 0", RawFrame.bytes(kind: 0, call: 0), .unknownKind),
        Fault("noise", [UInt8](repeating: 0xA5, count: 4_096), .frameTooLarge),
        Fault(
            "a length over the limit",
            RawFrame.header(length: WireLimits.maxFramePayloadBytes + 1, kind: 7, call: 1),
            .frameTooLarge),
        Fault(
            "a length over the limit before the handshake", greeted: false,
            RawFrame.header(length: (64 << 10) + 1, kind: 1, call: 0), .frameTooLarge),
        Fault(
            "an unknown kind over the limit, ignorable or not",
            RawFrame.header(
                length: WireLimits.maxFramePayloadBytes + 1, kind: 99, flags: 1, call: 0),
            .frameTooLarge),
        // Messages.
        Fault(
            "a request of noise", RawFrame.bytes(.request, call: 1, payload: [0xFF, 0xFF, 0xFF]),
            .malformedMessage),
        Fault(
            "a mount that ends in the middle",
            RawFrame.bytes(.mount, call: 1, payload: [0x0A, 16, 1, 2, 3]), .malformedMessage),
        Fault(
            "a hello that ends in the middle", greeted: false,
            RawFrame.bytes(.hello, call: 0, payload: [0x1A, 5, 0x61]), .malformedMessage),
        Fault(
            "a mount id of three bytes",
            RawFrame.bytes(.mount, call: 1, payload: Protobuf.bytes(1, [1, 2, 3])), .invalidValue),
        Fault(
            "an option that is not UTF-8",
            RawFrame.bytes(
                .mount, call: 1,
                payload: Protobuf.bytes(1, mount.bytes)
                    + Protobuf.bytes(3, Protobuf.bytes(1, [0x61, 0xFF]))), .invalidText),
        Fault(
            "a frame limit that nothing fits into", greeted: false,
            message(.hello(Hello(maxFrameBytes: 1_000, lane: 0)), 0), .invalidValue),
        // Order.
        Fault("a second hello", hello, .unexpectedMessage),
        Fault(
            "a ping before hello", greeted: false, message(.ping, 1), .unexpectedMessage),
        Fault(
            "a request before hello", greeted: false,
            message(
                .request(EngineRequest(mount: mount, operation: 2, path: [])), 1),
            .unexpectedMessage),
        Fault("a drain before hello", greeted: false, message(.drain, 0), .unexpectedMessage),
        Fault(
            "a plugin's message", message(.response(EngineResponse()), 1), .unexpectedMessage,
            .invalidCall),
        Fault(
            "a storage call from the host",
            message(
                .storage(
                    StorageRequest(
                        mount: mount, parentCall: 1, action: .get([[0x61]]))), 1),
            .unexpectedMessage),
        // Calls.
        Fault("a call without an id", RawFrame.bytes(.ping, call: 0), .invalidCall),
        Fault("a call with an even id", message(.ping, 2), .invalidCall),
        Fault(
            "a hello with an id", greeted: false, RawFrame.bytes(.hello, call: 1), .invalidCall),
        Fault(
            "a reply to a storage call that was never made",
            message(.storageReply(.committed(revision: 1)), 2), .invalidCall),
        Fault(
            "a storage reply with an odd id",
            message(.storageReply(.committed(revision: 1)), 3), .invalidCall),
        Fault("a pong to no ping", message(.pong, 2), .invalidCall),
        Fault(
            "a failure code outside the schema",
            RawFrame.bytes(
                .storageReply, call: 2,
                payload: Protobuf.bytes(5, Protobuf.number(1, 77))), .invalidValue, .invalidCall),
    ]

    private static func message(_ message: Message, _ call: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        message.encode(call: call, into: &bytes)
        return bytes
    }
}
