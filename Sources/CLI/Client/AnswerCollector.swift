// The channel handler of one exchange: sends the request when the connection is there and gathers
// the answer, up to a limit.

import NIOCore
import NIOHTTP1

final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// Bounds what a broken or hostile server can make the command hold.
    static let maxBodyBytes = 64 << 20

    private enum State {
        case waiting, receiving, finished
    }

    private let call: HTTPCall
    /// Takes the parts of a good answer as they come, instead of gathering them.
    private let each: (@Sendable ([UInt8]) -> Void)?
    private let promise: EventLoopPromise<HTTPAnswer>
    private var state = State.waiting
    private var answer = HTTPAnswer(status: 0, body: [])

    init(
        call: HTTPCall, each: (@Sendable ([UInt8]) -> Void)? = nil,
        promise: EventLoopPromise<HTTPAnswer>
    ) {
        self.call = call
        self.each = each
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        let headers = HTTPHeaders(call.headers.map { ($0.name, $0.value) })
        let head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: call.method), uri: call.target,
            headers: headers)
        let promise = promise
        context.write(wrapOutboundOut(.head(head))).whenFailure { promise.fail($0) }
        if !call.body.isEmpty {
            context.write(
                wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: call.body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), .waiting):
            state = .receiving
            answer.status = Int(head.status.code)
            answer.location = head.headers.first(name: "location")
        case (.body(let part), .receiving):
            if let each, (200..<300).contains(answer.status) {
                each(Array(part.readableBytesView))
                return
            }
            guard answer.body.count + part.readableBytes <= Self.maxBodyBytes else {
                finish(context, .failure(TransportFailure.tooLarge))
                return
            }
            answer.body.append(contentsOf: part.readableBytesView)
        case (.end, .receiving):
            finish(context, .success(answer))
        default:
            break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(context, .failure(error))
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(context, .failure(TransportFailure.closedEarly))
        context.fireChannelInactive()
    }

    private func finish(
        _ context: ChannelHandlerContext, _ result: Result<HTTPAnswer, any Error>
    ) {
        if case .finished = state { return }
        state = .finished
        promise.completeWith(result)
        context.close(promise: nil)
    }
}

/// Failures that the exchange itself finds.
enum TransportFailure: Error {
    case tooLarge
    case closedEarly
    case timedOut
}
