// Every message there is, and the way between it and a frame.

public enum Message: Sendable, Equatable {
    case hello(Hello)
    case helloReply(HelloReply)
    case mount(MountSpec)
    case mountReply(MountReply)
    case unmount(Unmount)
    case unmountReply(UnmountReply)
    case request(EngineRequest)
    case response(EngineResponse)
    case storage(StorageRequest)
    case storageReply(StorageReply)
    case cancel
    case invalidate(Invalidate)
    case drain
    case close(Close)
    case ping
    case pong
    case event(EngineEvent)

    public var kind: FrameKind {
        switch self {
        case .hello: .hello
        case .helloReply: .helloReply
        case .mount: .mount
        case .mountReply: .mountReply
        case .unmount: .unmount
        case .unmountReply: .unmountReply
        case .request: .request
        case .response: .response
        case .storage: .storage
        case .storageReply: .storageReply
        case .cancel: .cancel
        case .invalidate: .invalidate
        case .drain: .drain
        case .close: .close
        case .ping: .ping
        case .pong: .pong
        case .event: .event
        }
    }

    public static func decode(_ frame: Frame) throws(WireError) -> Message {
        let kind = frame.kind
        return try frame.payload.withUnsafeBufferPointer { (payload) throws(WireError) in
            try decode(kind: kind, payload: UnsafeRawBufferPointer(payload))
        }
    }

    /// `payload` may be anything; nothing of it is kept.
    public static func decode(
        kind: FrameKind, payload: UnsafeRawBufferPointer
    ) throws(WireError) -> Message {
        switch kind {
        case .hello: .hello(try Hello(payload))
        case .helloReply: .helloReply(try HelloReply(payload))
        case .mount: .mount(try MountSpec(payload))
        case .mountReply: .mountReply(try MountReply(payload))
        case .unmount: .unmount(try Unmount(payload))
        case .unmountReply: .unmountReply(try UnmountReply(payload))
        case .request: .request(try EngineRequest(payload))
        case .response: .response(try EngineResponse(payload))
        case .storage: .storage(try StorageRequest(payload))
        case .storageReply: .storageReply(try StorageReply(payload))
        // Nothing is read from an empty message, so whatever a newer peer put there is skipped
        // unread.
        case .cancel: .cancel
        case .drain: .drain
        case .ping: .ping
        case .pong: .pong
        case .invalidate: .invalidate(try Invalidate(payload))
        case .close: .close(try Close(payload))
        case .event: .event(try EngineEvent(payload))
        }
    }

    /// Appends header and payload to `out` and returns the payload's size, which the caller holds
    /// against the limit that the handshake agreed on.
    @discardableResult
    public func encode(call: UInt64, into out: inout [UInt8]) -> Int {
        let writer = FrameWriter(kind: kind, call: call)
        switch self {
        case .hello(let value): return value.encode(writer, &out)
        case .helloReply(let value): return value.encode(writer, &out)
        case .mount(let value): return value.encode(writer, &out)
        case .mountReply(let value): return value.encode(writer, &out)
        case .unmount(let value): return value.encode(writer, &out)
        case .unmountReply(let value): return value.encode(writer, &out)
        case .request(let value): return value.encode(writer, &out)
        case .response(let value): return value.encode(writer, &out)
        case .storage(let value): return value.encode(writer, &out)
        case .storageReply(let value): return value.encode(writer, &out)
        case .cancel, .drain, .ping, .pong: return writer.appendEmpty(to: &out)
        case .invalidate(let value): return value.encode(writer, &out)
        case .close(let value): return value.encode(writer, &out)
        case .event(let value): return value.encode(writer, &out)
        }
    }
}
