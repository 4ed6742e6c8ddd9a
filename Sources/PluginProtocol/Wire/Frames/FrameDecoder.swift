// Cuts a byte stream into frames. It may be fed one byte at a time, and it looks at a header before
// anything is allocated for what the header announces.

public struct FrameDecoder: ~Copyable, Sendable {
    /// The largest payload that is accepted; the handshake raises it.
    public var maxPayloadBytes: Int
    private var buffer = FrameBuffer()
    /// What is left of an ignorable frame of a kind that is not known; skipped as it comes.
    private var toSkip = 0
    private var failure: WireError?

    public init(maxPayloadBytes: Int = WireLimits.maxFramePayloadBytes) {
        self.maxPayloadBytes = maxPayloadBytes
    }

    /// Bytes that wait for the rest of their frame.
    public var bufferedByteCount: Int { buffer.count }

    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard failure == nil else { return }
        buffer.append(bytes)
    }

    /// Lets `body` fill memory of at least `room` bytes in place, and returns what it returned:
    /// the number of bytes that it wrote, or something negative for none.
    public mutating func fill(
        atLeast room: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int
    ) -> Int {
        buffer.write(atLeast: room, body)
    }

    /// The next whole frame with a copy of its payload, or nil when more bytes are needed.
    public mutating func next() throws(WireError) -> Frame? {
        try next { (kind, call, payload) throws(WireError) in
            Frame(kind: kind, call: call, payload: [UInt8](payload))
        }
    }

    /// The next whole frame as a message, decoded in place.
    public mutating func nextMessage() throws(WireError) -> (call: UInt64, message: Message)? {
        try next { (kind, call, payload) throws(WireError) in
            (call, try Message.decode(kind: kind, payload: payload))
        }
    }

    private mutating func next<Result>(
        _ body: (FrameKind, UInt64, UnsafeRawBufferPointer) throws(WireError) -> Result
    ) throws(WireError) -> Result? {
        if let failure { throw failure }
        do {
            while let (header, kind) = try wholeFrame() {
                let size = WireLimits.headerBytes + header.payloadByteCount
                guard let kind else {
                    skip(size)
                    continue
                }
                let payload = UnsafeRawBufferPointer(
                    rebasing: buffer.readable[WireLimits.headerBytes..<size])
                let result = try body(kind, header.call, payload)
                buffer.consume(size)
                return result
            }
            return nil
        } catch {
            // A stream that lost its frames cannot be trusted again.
            failure = error
            buffer.consume(buffer.count)
            throw error
        }
    }

    /// The header at the front when its frame is there in full, or may be skipped.
    private mutating func wholeFrame() throws(WireError) -> (FrameHeader, FrameKind?)? {
        if toSkip > 0 {
            let count = min(toSkip, buffer.count)
            buffer.consume(count)
            toSkip -= count
        }
        guard toSkip == 0, buffer.count >= WireLimits.headerBytes else { return nil }
        let header = FrameHeader(buffer.readable)
        guard header.payloadByteCount <= maxPayloadBytes else {
            throw WireError(
                .frameTooLarge,
                "a frame announces \(header.payloadByteCount) bytes, "
                    + "the limit is \(maxPayloadBytes)"
            )
        }
        guard let kind = FrameKind(rawValue: header.kind) else {
            guard header.flags & FrameHeader.ignorable != 0 else {
                throw WireError(.unknownKind, "frame kind \(header.kind)")
            }
            return (header, nil)
        }
        guard kind.hasCall == (header.call != 0) else {
            throw WireError(
                .invalidCall, "a \(kind) frame \(kind.hasCall ? "without" : "with") a call id")
        }
        guard buffer.count - WireLimits.headerBytes >= header.payloadByteCount else { return nil }
        return (header, kind)
    }

    private mutating func skip(_ size: Int) {
        let count = min(size, buffer.count)
        buffer.consume(count)
        toSkip = size - count
    }
}
