// Tells a client that speaks plain HTTP to a TLS port what it did wrong, instead of a TLS alert it
// cannot read.

internal import NIOCore

/// Stands in front of TLS, looks at the first byte and then leaves the pipeline.
final class PlainHTTPDetector: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case undecided
        case isTLS
        case refused
    }

    private var state = State.undecided

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .refused: break
        case .isTLS: context.fireChannelRead(data)
        case .undecided: decide(context, data)
        }
    }

    private func decide(_ context: ChannelHandlerContext, _ data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard let first = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) else { return }
        // Methods are upper-case letters; no TLS record begins with one.
        if (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) {
            state = .refused
            refuse(context)
        } else {
            state = .isTLS
            context.fireChannelRead(data)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        }
    }

    private func refuse(_ context: ChannelHandlerContext) {
        let answer = ByteBuffer(
            staticString: """
                HTTP/1.0 400 Bad Request\r
                Content-Type: text/plain; charset=utf-8\r
                Connection: close\r
                \r
                Client sent an HTTP request to an HTTPS server.

                """)
        let written = context.eventLoop.makePromise(of: Void.self)
        // Past the TLS handler, which would want to say good-bye in its own way.
        written.futureResult.assumeIsolated().whenComplete { _ in
            context.close(mode: .output, promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(answer), promise: written)
    }
}
