// Where one request ends and the next begins, so that the decoder is given one request at a time.

internal import Glibc
internal import NIOCore
internal import NIOHTTP1

/// The state machine in front of NIO's decoder.
///
/// It hands over whole heads within their limit, then the body, then nothing until the request is
/// answered. What a client sends beyond that stays as raw bytes: a client that pipelines thousands
/// of requests costs what it has sent and not thousands of decoded heads. No body is looked into
/// and no header is understood here.
struct MessageFramer {
    enum Step {
        /// Bytes for the decoder.
        case forward(ByteBuffer)
        case needMore
        /// The request on hand must be answered first.
        case wait
        case refuse(Refusal)
    }

    enum BodyFraming: Equatable {
        case none
        case bytes(Int)
        case chunked
    }

    private enum State: Equatable {
        case betweenRequests
        case head
        /// A whole head was handed over; what it means for the body is not known yet.
        case headHandedOver
        case body(remaining: Int)
        case chunkedBody
        case answering
        case stopped
    }

    /// NIO's parser does not know LIST. The framer writes a method of the same length in its place,
    /// which the API does not have otherwise, and remembers that it did.
    static let methodForList = HTTPMethod.LINK

    private var state = State.betweenRequests
    private var pending = ByteBuffer()
    private var searchedBytes = 0
    private let maxHeadBytes: Int
    /// Whether the method of the request on hand was LIST.
    private(set) var isList = false

    init(maxHeadBytes: Int) {
        self.maxHeadBytes = maxHeadBytes
    }

    /// No request has begun and none is being answered.
    var isIdle: Bool { state == .betweenRequests && pending.readableBytes == 0 }

    /// More bytes than the request on hand needs; the client has to be made to wait.
    var isAhead: Bool { state == .answering && pending.readableBytes > 0 }

    var isStopped: Bool { state == .stopped }

    mutating func append(_ bytes: ByteBuffer) {
        guard state != .stopped else { return }
        if pending.readableBytes == 0 {
            pending = bytes
        } else {
            var bytes = bytes
            pending.writeBuffer(&bytes)
        }
    }

    mutating func next() -> Step {
        switch state {
        case .betweenRequests: beginHead()
        case .head: findHeadEnd()
        case .headHandedOver: .refuse(.notHTTP)
        case .body(let remaining): handOverBody(remaining)
        case .chunkedBody: pending.readableBytes == 0 ? .needMore : .forward(takePending())
        case .answering: pending.readableBytes == 0 ? .needMore : .wait
        case .stopped: .needMore
        }
    }

    /// The decoder reported the head.
    mutating func headParsed(_ framing: BodyFraming) {
        guard state == .headHandedOver else { return }
        switch framing {
        case .none: break
        case .bytes(let count): if count > 0 { state = .body(remaining: count) }
        case .chunked: state = .chunkedBody
        }
    }

    /// The decoder reported the end of the request.
    ///
    /// After a chunked body bytes of a next request may have gone to the decoder already;
    /// `ConnectionHandler` closes the connection if it meets them.
    mutating func messageEnded() {
        guard state != .stopped else { return }
        state = .answering
    }

    mutating func answered() {
        guard state == .answering else { return }
        state = .betweenRequests
    }

    /// Nothing more is wanted from this client.
    mutating func stop() {
        state = .stopped
        pending = ByteBuffer()
    }

    private mutating func beginHead() -> Step {
        // Blank lines before a request are to be ignored (RFC 9112, 2.2).
        while let byte = pending.getInteger(at: pending.readerIndex, as: UInt8.self),
            byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n")
        {
            pending.moveReaderIndex(forwardBy: 1)
        }
        guard let first = pending.getInteger(at: pending.readerIndex, as: UInt8.self) else {
            return .needMore
        }
        guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else {
            return .refuse(.notHTTP)
        }
        state = .head
        searchedBytes = 0
        return findHeadEnd()
    }

    private mutating func findHeadEnd() -> Step {
        guard let length = headLength() else {
            guard pending.readableBytes < maxHeadBytes else { return .refuse(.headTooLarge) }
            searchedBytes = pending.readableBytes
            return .needMore
        }
        guard length <= maxHeadBytes else { return .refuse(.headTooLarge) }
        guard var head = take(length) else { return .needMore }
        state = .headHandedOver
        isList = Self.replaceList(in: &head)
        return .forward(head)
    }

    /// Bytes up to and with the empty line; what was searched before is not searched again, but for
    /// an end that was cut in two.
    private func headLength() -> Int? {
        pending.withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress else { return nil }
            var from = max(searchedBytes - 3, 0)
            // From line to line: "\r\n\r\n" ends where a line feed is followed by an empty line.
            while from < bytes.count,
                let found = memchr(start + from, CInt(UInt8(ascii: "\n")), bytes.count - from)
            {
                let lineFeed = UnsafeRawPointer(found) - start
                let isEnd =
                    lineFeed + 2 < bytes.count && lineFeed > 0
                    && bytes[lineFeed - 1] == UInt8(ascii: "\r")
                    && bytes[lineFeed + 1] == UInt8(ascii: "\r")
                    && bytes[lineFeed + 2] == UInt8(ascii: "\n")
                if isEnd { return lineFeed + 3 }
                from = lineFeed + 1
            }
            return nil
        }
    }

    private static func replaceList(in head: inout ByteBuffer) -> Bool {
        let start = head.readerIndex
        guard head.getInteger(at: start, as: UInt32.self) == 0x4C49_5354,  // "LIST"
            head.getInteger(at: start + 4, as: UInt8.self) == UInt8(ascii: " ")
        else { return false }
        head.setInteger(UInt32(0x4C49_4E4B), at: start)  // "LINK"
        return true
    }

    private mutating func handOverBody(_ remaining: Int) -> Step {
        guard pending.readableBytes > 0 else { return .needMore }
        guard let part = take(min(remaining, pending.readableBytes)) else { return .needMore }
        state = .body(remaining: remaining - part.readableBytes)
        return .forward(part)
    }

    private mutating func take(_ count: Int) -> ByteBuffer? {
        count == pending.readableBytes ? takePending() : pending.readSlice(length: count)
    }

    private mutating func takePending() -> ByteBuffer {
        let all = pending
        pending = ByteBuffer()
        return all
    }
}
