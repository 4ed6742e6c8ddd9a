// A server in this process with canned answers. It remembers what it was asked.

import JSON
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

struct Received: Sendable {
    var method: String
    var target: String
    var headers: HTTPHeaders
    var body: [UInt8]

    var json: JSONValue? { try? JSONValue(parsing: body) }
    var line: String { method + " " + target }
}

struct Canned: Sendable {
    var status: Int
    var body: String
    var headers: [(String, String)] = []
    var manner = Manner.whole

    enum Manner: Sendable {
        case whole
        /// Never answers at all.
        case silent
        /// Promises more than it sends, and closes the connection.
        case hangsUp
    }

    init(
        _ status: Int, _ body: String = "", headers: [(String, String)] = [],
        manner: Manner = .whole
    ) {
        self.status = status
        self.body = body
        self.headers = headers
        self.manner = manner
    }

    static let silence = Canned(200, "", manner: .silent)
    static let hangUp = Canned(200, #"{"data":"#, manner: .hangsUp)
    static let noContent = Canned(204)
    static func errors(_ status: Int, _ errors: String...) -> Canned {
        Canned(status, JSONValue.object(["errors": .strings(errors)]).encodedString())
    }
    static func data(_ data: String) -> Canned {
        Canned(
            200,
            #"{"request_id":"r-1","lease_id":"","renewable":false,"lease_duration":0,"#
                + #""data":\#(data),"wrap_info":null,"warnings":null,"auth":null}"#)
    }
}

final class FakeServer: Sendable {
    typealias Answerer = @Sendable (Received) -> Canned

    private let channel: any Channel
    let port: Int
    private let log: RequestLog

    private init(channel: any Channel, log: RequestLog) {
        self.channel = channel
        self.log = log
        port = channel.localAddress?.port ?? 0
    }

    var address: String { "http://127.0.0.1:\(port)" }
    var received: [Received] { log.all }
    var lines: [String] { received.map(\.line) }

    /// Runs a server for the length of `body`.
    static func with<T: Sendable>(
        tls: NIOSSLContext? = nil, unixSocket: String? = nil,
        _ answer: @escaping Answerer, _ body: (FakeServer) async throws -> T
    ) async throws -> T {
        let log = RequestLog()
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(AnsweringHandler(log: log, answer: answer))
                }
            }
        let channel =
            if let unixSocket {
                try await bootstrap.bind(unixDomainSocketPath: unixSocket).get()
            } else {
                try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
            }
        let server = FakeServer(channel: channel, log: log)
        let result: Result<T, any Error>
        do {
            result = .success(try await body(server))
        } catch {
            result = .failure(error)
        }
        try? await channel.close()
        return try result.get()
    }

    /// Answers the same whatever is asked.
    static func with<T: Sendable>(
        tls: NIOSSLContext? = nil, unixSocket: String? = nil,
        always answer: Canned, _ body: (FakeServer) async throws -> T
    ) async throws -> T {
        let answerer: Answerer = { _ in answer }
        return try await with(tls: tls, unixSocket: unixSocket, answerer, body)
    }

    /// Answers by `METHOD /v1/path?query`; anything else is a 404 that names what was asked.
    static func with<T: Sendable>(
        _ answers: [String: Canned], _ body: (FakeServer) async throws -> T
    ) async throws -> T {
        try await with(
            { answers[$0.line] ?? .errors(404, "no canned answer for \($0.line)") }, body)
    }
}

private final class RequestLog: Sendable {
    private let entries = Mutex<[Received]>([])
    var all: [Received] { entries.withLock { $0 } }
    func append(_ request: Received) { entries.withLock { $0.append(request) } }
}

private final class AnsweringHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let log: RequestLog
    private let answer: FakeServer.Answerer
    private var request: Received?

    init(log: RequestLog, answer: @escaping FakeServer.Answerer) {
        self.log = log
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            request = Received(
                method: head.method.rawValue, target: head.uri, headers: head.headers, body: [])
        case .body(let part):
            request?.body.append(contentsOf: part.readableBytesView)
        case .end:
            guard let request else { return }
            log.append(request)
            let canned = answer(request)
            if canned.manner == .silent { return }
            let missing = canned.manner == .hangsUp ? 1 : 0
            var headers = HTTPHeaders(canned.headers)
            headers.add(name: "content-length", value: String(canned.body.utf8.count + missing))
            let head = HTTPResponseHead(
                version: .http1_1, status: .init(statusCode: canned.status), headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(
                wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: canned.body)))), promise: nil)
            if canned.manner == .hangsUp {
                context.flush()
                context.close(promise: nil)
            } else {
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
