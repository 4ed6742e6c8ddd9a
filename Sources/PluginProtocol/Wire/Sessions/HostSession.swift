// The core's end of one connection: which message may come when. It does no I/O; it is given what
// was decoded and returns what it means.
//
//     idle --start--> greeting --helloReply--> ready --drain--> draining --> closed

public struct HostSession: Sendable {
    public enum Phase: Sendable, Hashable {
        case idle, greeting, ready, draining, closed
    }

    /// What the host has to do about a message.
    public enum Event: Sendable, Equatable {
        /// The handshake is done; calls may be opened.
        case ready(HelloReply)
        case mounted(call: UInt64, MountReply)
        case unmounted(call: UInt64, UnmountReply)
        case answered(call: UInt64, EngineResponse)
        case storage(call: UInt64, StorageRequest)
        /// The plugin no longer wants the answer of its storage call.
        case storageCancelled(call: UInt64)
        case pinged(call: UInt64)
        case ponged(call: UInt64)
        case event(EngineEvent)
        /// The plugin is about to end: open nothing new here and send `drain()`.
        case drainRequested
        /// The plugin said why it ends the connection.
        case closed(Close)
    }

    public private(set) var phase = Phase.idle
    public private(set) var reply: HelloReply?
    private let hello: Hello

    public init(hello: Hello) {
        self.hello = hello
    }

    /// The first message to send.
    public mutating func start() -> Message {
        phase = .greeting
        return .hello(hello)
    }

    /// The largest payload that the plugin may send now.
    public var maxPayloadBytes: Int {
        reply == nil ? WireLimits.maxHandshakePayloadBytes : Int(hello.maxFrameBytes)
    }

    /// Calls the host may have open on this connection.
    public var maxCallsInFlight: Int {
        min(Int(reply?.maxCallsInFlight ?? 0), WireLimits.maxCallsInFlight)
    }

    /// New calls may be opened.
    public var acceptsCalls: Bool { phase == .ready }

    /// Promises that no new call follows; the plugin finishes what is open and closes.
    public mutating func drain() -> Message? {
        guard phase == .ready else { return nil }
        phase = .draining
        return .drain
    }

    /// Ends the session; what is to be sent before the socket is closed, once.
    public mutating func close(_ error: WireError) -> Message? {
        guard phase != .closed else { return nil }
        phase = .closed
        return .close(error.close)
    }

    /// After an error is thrown, send `close(error)` and close the socket.
    public mutating func receive(
        _ message: Message, call: UInt64
    ) throws(WireError) -> Event {
        if case .close(let close) = message, phase != .closed {
            phase = .closed
            return .closed(close)
        }
        switch phase {
        case .greeting: return try greet(message)
        case .ready, .draining: return try serve(message, call)
        case .idle, .closed:
            throw WireError(.unexpectedMessage, "\(message.kind) on a connection that is \(phase)")
        }
    }

    private mutating func greet(_ message: Message) throws(WireError) -> Event {
        guard case .helloReply(let reply) = message else {
            throw WireError(.unexpectedMessage, "\(message.kind) before the handshake")
        }
        guard reply.major == hello.major, reply.minor <= hello.minor else {
            throw WireError(
                .unsupportedVersion,
                "the plugin speaks \(reply.major).\(reply.minor), "
                    + "this host \(hello.major).\(hello.minor)")
        }
        guard reply.features.allSatisfy(hello.features.contains) else {
            throw WireError(.invalidValue, "the plugin chose a feature that was not offered")
        }
        guard reply.maxCallsInFlight > 0 else {
            throw WireError(.invalidValue, "the plugin takes no calls")
        }
        self.reply = reply
        phase = .ready
        return .ready(reply)
    }

    private func serve(_ message: Message, _ call: UInt64) throws(WireError) -> Event {
        switch message {
        case .mountReply(let reply): return .mounted(call: try own(call), reply)
        case .unmountReply(let reply): return .unmounted(call: try own(call), reply)
        case .response(let response): return .answered(call: try own(call), response)
        case .pong: return .ponged(call: try own(call))
        case .storage(let request):
            guard request.parentCall & 1 == 1 else {
                throw WireError(.invalidCall, "a storage call for a call that no host opens")
            }
            return .storage(call: try peers(call), request)
        case .cancel: return .storageCancelled(call: try peers(call))
        case .ping: return .pinged(call: try peers(call))
        case .event(let event): return .event(event)
        case .drain: return .drainRequested
        case .hello, .helloReply, .mount, .unmount, .request, .storageReply, .invalidate, .close:
            throw WireError(.unexpectedMessage, "\(message.kind) from a plugin")
        }
    }

    private func own(_ call: UInt64) throws(WireError) -> UInt64 {
        guard call & 1 == 1 else { throw WireError(.invalidCall, "a reply to an even call id") }
        return call
    }

    private func peers(_ call: UInt64) throws(WireError) -> UInt64 {
        guard call & 1 == 0 else { throw WireError(.invalidCall, "a plugin opens even call ids") }
        return call
    }
}
