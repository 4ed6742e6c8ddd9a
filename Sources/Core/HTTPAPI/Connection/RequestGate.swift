// The byte side of a connection: lets one request at a time through to the decoder.

internal import NIOCore

/// First handler of the pipeline, in front of the decoder.
///
/// Everything of a connection runs here in a loop, never nested: an answer given while the request
/// is still being handed over marks the framer, and the loop finds the next request when it comes
/// back.
final class RequestGate: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    var framer: MessageFramer
    private unowned let connection: ConnectionHandler
    private var context: ChannelHandlerContext?
    private var isPumping = false
    private var isReading = false
    private var readIsHeldBack = false

    init(connection: ConnectionHandler, limits: HTTPLimits) {
        self.connection = connection
        self.framer = MessageFramer(maxHeadBytes: limits.maxHeadBytes)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        if framer.isIdle { connection.requestBegins() }
        framer.append(unwrapInboundIn(data))
        pump()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        // The connection flushes on this: all answers of one read leave in one write.
        context.fireChannelReadComplete()
    }

    /// Bytes of a further request are read only when the one on hand is answered and its answer is
    /// taken.
    func read(context: ChannelHandlerContext) {
        if framer.isAhead {
            readIsHeldBack = true
        } else {
            context.read()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent {
            connection.inputHasEnded = true
            connection.endStream()
            pump()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        context.fireChannelWritabilityChanged()
        if context.channel.isWritable {
            connection.resumeStream()
            resume()
        }
    }

    /// The request on hand was answered, or its answer has left.
    func resume() {
        // Answered while it was being handed over: the loop below is on the stack and goes on by
        // itself.
        guard !isPumping else { return }
        pump()
        if readIsHeldBack, !framer.isAhead, let context {
            readIsHeldBack = false
            context.read()
        }
        if !isReading { connection.flush() }
    }

    private func pump() {
        guard !isPumping, let context else { return }
        let connection = connection
        isPumping = true
        defer { isPumping = false }
        while true {
            connection.markAnswered()
            switch framer.next() {
            case .forward(let bytes): context.fireChannelRead(wrapInboundOut(bytes))
            case .needMore: return connection.needsMoreInput()
            case .wait: return
            case .refuse(let refusal): connection.refuse(refusal)
            }
        }
    }
}
