// From the core's answer to the socket.

internal import Kernel
internal import NIOCore

extension ConnectionHandler {
    func answer(_ response: ClientResponse, _ sequence: UInt64) {
        if lane.loop.inEventLoop {
            finish(response, sequence)
        } else {
            lane.loop.execute { self.finish(response, sequence) }
        }
    }

    func finish(_ response: ClientResponse, _ sequence: UInt64) {
        guard case .answering = state, sequence == self.sequence else { return }
        inFlight = nil
        write(response)
        gate?.resume()
    }

    func write(_ response: ClientResponse) {
        guard let context else { return }
        if lane.isDraining { keepsAlive = false }
        if case .stream(_, let stream) = response.body { return begin(stream, response) }
        let bytes = encode(response, context)
        guard keepsAlive else { return writeLast(bytes) }
        context.write(wrapOutboundOut(bytes), promise: nil)
        hasUnflushed = true
        state = .answered
    }

    func encode(_ response: ClientResponse, _ context: ChannelHandlerContext) -> ByteBuffer {
        let framing = ResponseFraming(
            omitsBody: isHead, closes: !keepsAlive, confirmsKeepAlive: keepsAlive && isHTTP10,
            isTLS: settings.isTLS, knowsChunks: !isHTTP10,
            custom: settings.customHeaders?.lines(for: response.status))
        var response = response
        if !addedHeaders.isEmpty {
            response.headers += addedHeaders
            addedHeaders = []
        }
        return ResponseEncoder.encode(
            response, framing: framing, allocator: context.channel.allocator)
    }

    /// Called by the gate before it looks for the next request: there is none until the client
    /// takes what it was sent, or a client that never reads would grow the server's memory.
    func markAnswered() {
        guard case .answered = state, let context else { return }
        if !context.channel.isWritable {
            flush()
            guard context.channel.isWritable else {
                return setDeadline(settings.limits.writeStallTimeoutSeconds)
            }
        }
        guard let gate else { return }
        state = .awaitingHead
        gate.framer.answered()
        let limits = settings.limits
        setDeadline(
            gate.framer.isIdle ? limits.idleTimeoutSeconds : limits.headTimeoutSeconds)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush()
        context.fireChannelReadComplete()
    }

    func flush() {
        guard hasUnflushed, let context else { return }
        hasUnflushed = false
        context.flush()
    }

    func writeContinue() {
        guard let context else { return }
        let line = ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")
        context.writeAndFlush(wrapOutboundOut(line), promise: nil)
    }
}
