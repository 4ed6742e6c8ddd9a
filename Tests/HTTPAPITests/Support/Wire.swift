// A connection in memory, driven byte by byte and second by second.

import Kernel
import NIOCore
import NIOEmbedded

@testable import HTTPAPI

/// One connection with the listener's real handlers.
struct Wire {
    let channel = EmbeddedChannel()
    let handler: FakeHandler
    let lane: LaneConnections

    init(
        _ handler: FakeHandler = .echo(), limits: HTTPLimits = HTTPLimits(),
        requiresRequestHeader: Bool = false, isTLS: Bool = false,
        serving other: (any RequestHandler)? = nil, adding headers: CustomHeaders = .none
    ) throws {
        self.handler = handler
        self.lane = LaneConnections(loop: channel.embeddedEventLoop, lane: 3)
        let settings = ConnectionSettings(
            handler: other ?? handler, limits: limits, requiresRequestHeader: requiresRequestHeader,
            isTLS: isTLS, maxRequestSeconds: nil)
        let setup = ConnectionSetup(
            settings: settings, connections: [lane], certificates: nil,
            limiter: ConnectionLimiter(maxConnections: 1, address: "", logger: .quiet),
            customHeaders: CustomHeaderStore(headers))
        try setup.addHandlers(to: channel.pipeline.syncOperations, lane)
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.7", port: 4711)).wait()
    }

    func send(_ text: String) throws {
        try channel.writeInbound(ByteBuffer(string: text))
        channel.embeddedEventLoop.run()
    }

    func send(_ bytes: [UInt8]) throws {
        try channel.writeInbound(ByteBuffer(bytes: bytes))
        channel.embeddedEventLoop.run()
    }

    /// Everything that was sent back since the last call.
    func received() throws -> String {
        var text = ""
        while let part = try channel.readOutbound(as: ByteBuffer.self) {
            text += String(buffer: part)
        }
        return text
    }

    func exchange(_ text: String) throws -> Received {
        try send(text)
        return try Received(try received())
    }

    func pass(seconds: Int64) {
        channel.embeddedEventLoop.advanceTime(by: .seconds(seconds))
    }

    var isOpen: Bool { channel.isActive }
}

/// One answer, taken apart.
struct Received {
    struct NotAnAnswer: Error { let text: String }

    let status: Int
    let headers: [(name: String, value: String)]
    let body: String

    init(_ text: String) throws {
        guard let end = text.firstRange(of: "\r\n\r\n") else { throw NotAnAnswer(text: text) }
        let lines = text[..<end.lowerBound].split(
            separator: "\r\n", omittingEmptySubsequences: false)
        guard let status = lines.first.flatMap({ Int($0.dropFirst(9).prefix(3)) }) else {
            throw NotAnAnswer(text: text)
        }
        self.status = status
        self.headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (parts[0].lowercased(), parts[1].drop { $0 == " " }.description)
        }
        self.body = String(text[end.upperBound...])
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// A request as most clients write it.
func request(
    _ method: String, _ target: String, _ headers: [String] = [], body: String? = nil
) -> String {
    var lines = ["\(method) \(target) HTTP/1.1", "Host: localhost"] + headers
    if let body { lines.append("Content-Length: \(body.utf8.count)") }
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
}
