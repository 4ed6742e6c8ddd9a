// What a frame carries. Numbers are forever.

public enum FrameKind: UInt8, Sendable, Hashable, CaseIterable {
    case hello = 1
    case helloReply = 2
    case mount = 3
    case mountReply = 4
    case unmount = 5
    case unmountReply = 6
    case request = 7
    case response = 8
    case storage = 9
    case storageReply = 10
    case cancel = 11
    case invalidate = 12
    case drain = 13
    case close = 14
    case ping = 15
    case pong = 16
    case event = 17

    /// Kinds that open a call, answer one or end one carry its id; all others carry 0.
    public var hasCall: Bool {
        switch self {
        case .mount, .mountReply, .unmount, .unmountReply, .request, .response, .storage,
            .storageReply, .cancel, .ping, .pong:
            true
        case .hello, .helloReply, .invalidate, .drain, .close, .event: false
        }
    }
}
