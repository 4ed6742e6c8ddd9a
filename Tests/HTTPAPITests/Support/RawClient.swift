// A client on a real socket that sends what it is told and waits for what it expects.

import NIOCore
import NIOPosix
import NIOSSL

@testable import HTTPAPI

/// One connection to a server under test.
struct RawClient: Sendable {
    struct Timeout: Error { let receivedSoFar: String }

    let channel: any Channel
    private let inbox: Inbox

    static func connect(
        to address: ListenerAddress, group: any EventLoopGroup, tls: TLSConfiguration? = nil
    ) async throws -> RawClient {
        let inbox = Inbox(loop: group.next())
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let bootstrap = ClientBootstrap(group: inbox.loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                if let context {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: nil))
                }
                try channel.pipeline.syncOperations.addHandler(InboxHandler(inbox))
            }
        }
        let channel =
            switch address {
            case .tcp(let host, let port): try await bootstrap.connect(host: host, port: port).get()
            case .unix(let path, _): try await bootstrap.connect(unixDomainSocketPath: path).get()
            }
        return RawClient(channel: channel, inbox: inbox)
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    /// Everything received, as soon as it ends so; fails after two minutes.
    func receive(endingIn suffix: String) async throws -> String {
        try await inbox.wait { $0.text.hasSuffix(suffix) }
    }

    /// Everything received until the server closed.
    func receiveAll() async throws -> String { try await inbox.wait { $0.isClosed } }

    func close() async { try? await channel.close() }
}

/// Confined to the client's event loop.
private final class Inbox: @unchecked Sendable {
    let loop: any EventLoop
    var text = ""
    var isClosed = false
    private var waiting: (condition: (Inbox) -> Bool, promise: EventLoopPromise<String>)?

    init(loop: any EventLoop) { self.loop = loop }

    func changed() {
        guard let (condition, promise) = waiting, condition(self) else { return }
        waiting = nil
        promise.succeed(text)
    }

    func wait(_ condition: @escaping @Sendable (Inbox) -> Bool) async throws -> String {
        try await loop.flatSubmit { [self] in
            let promise = loop.makePromise(of: String.self)
            waiting = (condition, promise)
            let timer = loop.scheduleTask(in: .minutes(2)) {
                promise.fail(RawClient.Timeout(receivedSoFar: self.text))
            }
            promise.futureResult.whenComplete { _ in timer.cancel() }
            changed()
            return promise.futureResult
        }.get()
    }
}

private final class InboxHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let inbox: Inbox

    init(_ inbox: Inbox) { self.inbox = inbox }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        inbox.text += String(buffer: unwrapInboundIn(data))
        inbox.changed()
    }

    func channelInactive(context: ChannelHandlerContext) {
        inbox.isClosed = true
        inbox.changed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
