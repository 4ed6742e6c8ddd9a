import Kernel
import NIOCore
import NIOEmbedded
import Paths
import Testing

@testable import HTTPAPI

@Suite struct ConnectionTests {
    @Test("a request that comes byte by byte is one request")
    func dripFed() throws {
        let wire = try Wire()
        let text =
            request("POST", "/v1/a", ["X-Vault-Token: t"], body: #"{"a":"b"}"#)
            + request("LIST", "/v1/b")
            + "POST /v1/c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
            + request("GET", "/v1/d")
        for byte in text.utf8 { try wire.send([byte]) }
        #expect(wire.handler.requests.map(\.path) == ["a", "b/", "c", "d"])
        #expect(wire.handler.requests.first?.dataText == #"{"a":"b"}"#)
        #expect(
            try wire.received().split(
                separator: "HTTP/1.1 200 OK", omittingEmptySubsequences: false
            ).count == 5)
    }

    @Test("the same bytes cut in two at every place are the same requests")
    func everyCut() throws {
        let text = Array(
            ("\r\n" + request("POST", "/v1/a", body: "{}") + request("LIST", "/v1/b")
                + request("GET", "/v1/c")).utf8)
        for cut in 0...text.count {
            let wire = try Wire()
            try wire.send(Array(text[..<cut]))
            try wire.send(Array(text[cut...]))
            #expect(wire.handler.requests.map(\.path) == ["a", "b/", "c"])
        }
    }

    @Test("ten thousand pipelined requests with immediate answers neither recurse nor change order")
    func pipelinedImmediate() throws {
        let wire = try Wire()
        let count = 10_000
        try wire.send((0..<count).map { request("GET", "/v1/\($0)") }.joined())
        #expect(wire.handler.requests.count == count)
        let text = try wire.received()
        let bodies = text.split(separator: #"{"path":""#, omittingEmptySubsequences: false)
            .dropFirst()
        #expect(bodies.count == count)
        #expect(zip(bodies, 0..<count).allSatisfy { $0.hasPrefix("\($1)\"") })
    }

    @Test("pipelined requests go to the core one after the other")
    func pipelinedLater() throws {
        let wire = try Wire(.waiting())
        try wire.send((0..<3).map { request("GET", "/v1/\($0)") }.joined())
        for index in 0..<3 {
            #expect(wire.handler.requests.map(\.path) == (0...index).map(String.init))
            #expect(try wire.received() == "")
            let answer = try #require(wire.handler.nextAnswer())
            answer(.path("answer \(index)"))
            #expect(try Received(wire.received()).body == #"{"path":"answer \#(index)"}"#)
        }
        #expect(wire.isOpen)
    }

    @Test("while a request is being answered at most one read of later bytes is taken in")
    func backPressure() throws {
        let wire = try Wire(.waiting())
        let reads = ReadCounter()
        try wire.channel.pipeline.syncOperations.addHandler(reads, position: .first)
        try wire.send(request("GET", "/v1/a"))
        wire.channel.read()
        #expect(reads.count == 1, "bytes of a next request may come while none is waiting")
        try wire.send(request("GET", "/v1/b") + request("GET", "/v1/c"))
        wire.channel.read()
        #expect(reads.count == 1, "one is waiting, so nothing more is read")
        wire.handler.nextAnswer()?(.path("a"))
        #expect(reads.count == 1)
        wire.handler.nextAnswer()?(.path("b"))
        #expect(reads.count == 2, "the last one is with the core, so reading goes on")
    }

    @Test("a client that takes no answers is not served further")
    func slowReader() throws {
        let wire = try Wire()
        wire.channel.isWritable = false
        wire.channel.pipeline.fireChannelWritabilityChanged()
        try wire.send(request("GET", "/v1/a") + request("GET", "/v1/b"))
        #expect(wire.handler.requests.map(\.path) == ["a"])
        wire.channel.isWritable = true
        wire.channel.pipeline.fireChannelWritabilityChanged()
        #expect(wire.handler.requests.map(\.path) == ["a", "b"])
    }

    @Test("a second or late answer changes nothing")
    func secondAnswer() throws {
        let wire = try Wire(.waiting())
        try wire.send(request("GET", "/v1/a") + request("GET", "/v1/b"))
        let first = try #require(wire.handler.nextAnswer())
        first(.path("first"))
        _ = try wire.received()
        first(.path("again"))
        #expect(try wire.received() == "")
        wire.handler.nextAnswer()?(.path("second"))
        #expect(try Received(wire.received()).body == #"{"path":"second"}"#)
    }

    @Test("an answer for a client that has gone is dropped")
    func goneClient() throws {
        let wire = try Wire(.waiting())
        try wire.send(request("GET", "/v1/a"))
        try wire.channel.close().wait()
        wire.handler.nextAnswer()?(.path("a"))
        #expect(try wire.received() == "")
        #expect(wire.lane.count == 0)
    }

    @Test("HEAD is answered with the head of GET and no body")
    func head() throws {
        let wire = try Wire()
        let get = try wire.exchange(request("GET", "/v1/a"))
        let head = try wire.exchange(request("HEAD", "/v1/a"))
        #expect(wire.handler.requests.last?.isHead == true)
        #expect(wire.handler.requests.last?.operation == .read)
        #expect(head.body == "")
        #expect(head.header("content-length") == get.header("content-length"))
        #expect(try wire.exchange(request("HEAD", "/nowhere")).body == "")
        #expect(try wire.exchange(request("GET", "/v1/a")).body == get.body)
    }

    @Test(
        "a connection is kept or closed as the client's version and header say",
        arguments: [
            ("HTTP/1.1", "", true, nil), ("HTTP/1.1", "Connection: close\r\n", false, "close"),
            ("HTTP/1.0", "", false, "close"),
            ("HTTP/1.0", "Connection: keep-alive\r\n", true, "keep-alive"),
            ("HTTP/1.1", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n", false, "close"),
        ] as [(String, String, Bool, String?)])
    func keepAlive(version: String, header: String, keeps: Bool, answered: String?) throws {
        let wire = try Wire()
        let answer = try wire.exchange("GET /v1/a \(version)\r\nHost: a\r\n\(header)\r\n")
        #expect(answer.status == 200)
        #expect(answer.header("connection") == answered)
        #expect(wire.isOpen == keeps)
    }

    @Test(
        "what is not HTTP/1 is refused and the connection ended",
        arguments: [
            ("\u{16}\u{3}\u{1}hello", 400), ("get /v1/a HTTP/1.1\r\n\r\n", 400),
            ("GET /v1/a HTTP/2.0\r\nHost: a\r\n\r\n", 505),
            ("GET /v1/a\r\n\r\n", 505), ("GET /v1/a HTTP/1.1\r\nBad Header: x\r\n\r\n", 400),
            ("GET /v1/a HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n", 400),
            (
                "POST /v1/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                400
            ),
            (
                "POST /v1/a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
                400
            ),
            ("POST /v1/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n", 400),
            ("POST /v1/a HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
            ("POST /v1/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
            ("GET /v1/a HTTP/1.1\nHost: a\n\nGET /v1/evil HTTP/1.1\r\nHost: a\r\n\r\n", 505),
        ])
    func malformed(text: String, status: Int) throws {
        let wire = try Wire()
        let answer = try wire.exchange(text)
        #expect(answer.status == status)
        #expect(answer.header("connection") == "close")
        #expect(wire.handler.requests.isEmpty)
        try wire.send(request("GET", "/v1/b"))
        #expect(wire.handler.requests.isEmpty)
    }

    @Test("a head over the limit is refused, whether it ends or not")
    func headTooLarge() throws {
        let long = String(repeating: "x", count: HTTPLimits().maxHeadBytes)
        #expect(try Wire().exchange("GET /v1/a HTTP/1.1\r\nHost: a\r\nX: \(long)").status == 431)
        #expect(try Wire().exchange(request("GET", "/v1/a", ["X: \(long)"])).status == 431)
        let lines = (0..<10_000).map { "X-\($0): y" }
        #expect(try Wire().exchange(request("GET", "/v1/a", lines)).status == 431)
        #expect(try Wire().exchange(request("GET", "/v1/\(long.prefix(20_000))")).status == 414)
        let wire = try Wire()
        for _ in 0..<(HTTPLimits().maxHeadBytes / 1024) {
            try wire.send(String(repeating: "A", count: 1024))
        }
        #expect(try Received(wire.received()).status == 431)
    }

    @Test("what is pipelined behind a chunked request is not run; the first keeps its answer")
    func pipelinedBehindChunked() throws {
        let wire = try Wire(.waiting())
        try wire.send(
            "POST /v1/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                + request("GET", "/v1/b"))
        wire.handler.nextAnswer()?(.path("a"))
        let answer = try Received(wire.received())
        #expect(answer.body == #"{"path":"a"}"#)
        #expect(wire.handler.requests.map(\.path) == ["a"])
        #expect(answer.header("connection") == "close")
    }
}

/// Counts what gets through to the socket.
private final class ReadCounter: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    private(set) var count = 0

    func read(context: ChannelHandlerContext) {
        count += 1
        context.read()
    }
}
