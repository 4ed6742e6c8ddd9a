// The plugin's end of one connection: which message may come when. It does no I/O.
//
//     greeting --hello--> ready --drain--> draining --> closed

public struct PluginSession: Sendable {
    public enum Phase: Sendable, Hashable {
        case greeting, ready, draining, closed
    }

    /// What the plugin has to do about a message.
    public enum Event: Sendable, Equatable {
        /// Send this; the handshake is done.
        case greeted(HelloReply)
        case mount(call: UInt64, MountSpec)
        case unmount(call: UInt64, Unmount)
        case request(call: UInt64, EngineRequest)
        case storageReply(call: UInt64, StorageReply)
        /// The host no longer wants the answer; it still gets one.
        case cancelled(call: UInt64)
        case invalidate(Invalidate)
        case drain
        case pinged(call: UInt64)
        case ponged(call: UInt64)
        case closed(Close)
    }

    public private(set) var phase = Phase.greeting
    public private(set) var hello: Hello?
    /// What this plugin answers; its features are those it knows.
    private let offer: HelloReply

    public init(offer: HelloReply) {
        self.offer = offer
    }

    /// The largest payload that either end may send now.
    public var maxPayloadBytes: Int {
        guard let hello else { return WireLimits.maxHandshakePayloadBytes }
        return min(Int(hello.maxFrameBytes), WireLimits.maxFramePayloadBytes)
    }

    /// Storage calls this end may have open.
    public var maxCallsInFlight: Int {
        min(Int(hello?.maxCallsInFlight ?? 0), WireLimits.maxCallsInFlight)
    }

    /// Ends the session; what is to be sent before the socket is closed, once.
    public mutating func close(_ error: WireError) -> Message? {
        guard phase != .closed else { return nil }
        phase = .closed
        return .close(error.close)
    }

    /// After an error is thrown, send `close(error)` and close the socket.
    public mutating func receive(
        _ message: consuming Message, call: UInt64
    ) throws(WireError) -> Event {
        if message.kind == .close, phase != .closed, case .close(let close) = copy message {
            phase = .closed
            return .closed(close)
        }
        switch phase {
        case .greeting: return try greet(message)
        case .ready, .draining: return try serve(message, call)
        case .closed:
            throw WireError(.unexpectedMessage, "\(message.kind) on a closed connection")
        }
    }

    private mutating func greet(_ message: Message) throws(WireError) -> Event {
        guard case .hello(let hello) = message else {
            throw WireError(.unexpectedMessage, "\(message.kind) before the handshake")
        }
        guard hello.major == offer.major else {
            throw WireError(
                .unsupportedVersion,
                "the host speaks \(hello.major).\(hello.minor), "
                    + "this plugin \(offer.major).\(offer.minor)")
        }
        guard hello.maxFrameBytes >= UInt32(WireLimits.maxHandshakePayloadBytes),
            hello.maxCallsInFlight > 0, hello.lane < UInt32(WireLimits.maxLanes)
        else {
            throw WireError(.invalidValue, "a hello with limits that nothing fits into")
        }
        self.hello = hello
        phase = .ready
        var reply = offer
        reply.minor = min(offer.minor, hello.minor)
        reply.features = offer.features.filter(hello.features.contains)
        return .greeted(reply)
    }

    private mutating func serve(
        _ message: consuming Message, _ call: UInt64
    ) throws(WireError) -> Event {
        let kind = message.kind
        switch consume message {
        case .mount(let spec): return .mount(call: try peers(call), spec)
        case .unmount(let unmount): return .unmount(call: try peers(call), unmount)
        case .request(let request): return .request(call: try peers(call), request)
        case .storageReply(let reply): return .storageReply(call: try own(call), reply)
        case .cancel: return .cancelled(call: try peers(call))
        case .invalidate(let invalidate): return .invalidate(invalidate)
        case .ping: return .pinged(call: try peers(call))
        case .pong: return .ponged(call: try own(call))
        case .drain:
            phase = .draining
            return .drain
        case .hello, .helloReply, .mountReply, .unmountReply, .response, .storage, .event, .close:
            throw WireError(.unexpectedMessage, "\(kind) from a host")
        }
    }

    private func own(_ call: UInt64) throws(WireError) -> UInt64 {
        guard call & 1 == 0 else { throw WireError(.invalidCall, "a reply to an odd call id") }
        return call
    }

    private func peers(_ call: UInt64) throws(WireError) -> UInt64 {
        guard call & 1 == 1 else { throw WireError(.invalidCall, "a host opens odd call ids") }
        return call
    }
}
