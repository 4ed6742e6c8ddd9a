// How a connection ends: refused, answered for the last time, too slow, or with the server.

internal import Kernel
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

extension ConnectionHandler {
    /// Answers and ends the connection: after what was refused nobody knows where a next request
    /// would begin.
    func refuse(_ refusal: Refusal) {
        keepsAlive = false
        gate?.framer.stop()
        switch state {
        case .closing: break
        // It was a later request; the one on hand keeps its answer, which will be the last.
        case .answering, .streaming: break
        case .answered: writeLast(nil)
        case .awaitingHead, .receiving, .receivingRefused:
            guard let context else { return }
            writeLast(encode(ClientResponse(refusal), context))
        }
    }

    /// Sends what there is and closes. Where the client may still be sending, the connection is
    /// closed in one direction first: a close with unread bytes resets it, and the client would not
    /// see the answer.
    func writeLast(_ bytes: ByteBuffer?) {
        guard let context else { return }
        let lingers = gate?.framer.isStopped ?? false
        state = .closing
        head = nil
        body = .empty
        gate?.framer.stop()
        hasUnflushed = false
        setDeadline(settings.limits.writeStallTimeoutSeconds)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenComplete { [self] _ in lastAnswerLeft(lingers: lingers) }
        context.writeAndFlush(wrapOutboundOut(bytes ?? ByteBuffer()), promise: written)
    }

    func lastAnswerLeft(lingers: Bool) {
        guard let context, context.channel.isActive else { return }
        guard lingers else { return context.close(promise: nil) }
        setDeadline(settings.limits.lingerSeconds)
        context.close(mode: .output, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard context.channel.isActive else { return }
        if error is HTTPParserError {
            refuse(.decoding(error))
        } else {
            context.close(promise: nil)
        }
    }

    /// The framer has no whole request left. If the client closed its side there never will be one.
    func needsMoreInput() {
        guard inputHasEnded else { return }
        switch state {
        case .awaitingHead, .receiving, .receivingRefused: writeLast(nil)
        case .answering, .answered, .streaming, .closing: break
        }
    }

    func drain() {
        keepsAlive = false
        endStream()
        if case .awaitingHead = state, gate?.framer.isIdle ?? true { cut() }
    }

    func cut() {
        context?.close(promise: nil)
    }

    /// Ends the connection below TLS, whose orderly end would wait for the client.
    func sever() {
        guard let context else { return }
        let tls = try? context.pipeline.syncOperations.context(
            handlerType: NIOSSLServerHandler.self)
        (tls ?? context).close(promise: nil)
    }
}

extension ConnectionHandler {
    func setDeadline(_ seconds: Int) { deadlineSecond = lane.nowSeconds + seconds + 1 }

    func deadlinePassed() {
        switch state {
        case .awaitingHead where gate?.framer.isIdle ?? true: cut()
        case .awaitingHead, .receiving, .receivingRefused:
            isHead = false
            refuse(.timedOut)
        case .answering: deadlineSecond = .max
        case .answered, .streaming, .closing: cutIfStalled()
        }
    }

    /// A slow client is no hung one: while its answer shrinks it gets more time.
    func cutIfStalled() {
        let waiting = (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        guard waiting > 0, waiting != bytesWaitingAtDeadline else { return sever() }
        bytesWaitingAtDeadline = waiting
        setDeadline(settings.limits.writeStallTimeoutSeconds)
    }
}
