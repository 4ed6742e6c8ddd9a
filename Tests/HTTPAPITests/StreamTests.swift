import Kernel
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import HTTPAPI

/// Gives what the test puts in.
private final class FakeStream: ResponseStream {
    struct State {
        var parts: [ResponsePart] = []
        var wake: (@Sendable () -> Void)?
        var isClosed = false
        var taken = 0
    }

    let state = Mutex(State())
    private let opened: @Sendable () -> Void

    init(opened: @escaping @Sendable () -> Void = {}) { self.opened = opened }

    func open(wake: @escaping @Sendable () -> Void) {
        state.withLock { $0.wake = wake }
        opened()
        wake()
    }

    func take() -> ResponsePart {
        state.withLock { state in
            guard !state.parts.isEmpty else { return .nothingYet }
            state.taken += 1
            return state.parts.removeFirst()
        }
    }

    func close() { state.withLock { $0.isClosed = true } }

    func give(_ parts: ResponsePart...) {
        let wake = state.withLock { state in
            state.parts += parts
            return state.wake
        }
        wake?()
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }
}

@Suite struct StreamTests {
    private func start(
        _ method: String = "GET", version: String = "1.1"
    ) throws -> (FakeStream, Wire) {
        let stream = FakeStream()
        let wire = try Wire(
            FakeHandler { _ in
                ClientResponse(status: 200, body: .stream(contentType: "text/plain", stream))
            })
        try wire.send("\(method) /v1/a HTTP/\(version)\r\nHost: a\r\n\r\n")
        return (stream, wire)
    }

    private func run(_ wire: Wire) { wire.channel.embeddedEventLoop.run() }

    private func bytes(_ text: String) -> ResponsePart { .bytes(Array(text.utf8)) }

    @Test("what a stream gives is sent at once, in chunks, and its end ends the connection")
    func chunks() throws {
        let (stream, wire) = try start()
        let head = try Received(try wire.received())
        #expect(head.status == 200)
        #expect(head.header("transfer-encoding") == "chunked")
        #expect(head.header("content-length") == nil)
        #expect(head.header("content-type") == "text/plain")
        stream.give(bytes("one\n"))
        run(wire)
        #expect(try wire.received() == "4\r\none\n\r\n")
        stream.give(bytes("two, longer\n"), .end)
        run(wire)
        #expect(try wire.received() == "c\r\ntwo, longer\n\r\n0\r\n\r\n")
        #expect(stream.isClosed)
        wire.pass(seconds: 5)
        #expect(!wire.isOpen)
    }

    @Test("an HTTP/1.0 client gets the bytes as they are, until the end of the connection")
    func oldVersion() throws {
        let (stream, wire) = try start(version: "1.0")
        #expect(try Received(try wire.received()).header("transfer-encoding") == nil)
        stream.give(bytes("one\n"), .end)
        run(wire)
        #expect(try wire.received() == "one\n")
        wire.pass(seconds: 5)
        #expect(!wire.isOpen)
    }

    @Test("a stream is open before its client has the head, which misses nothing from then on")
    func openedFirst() throws {
        let seen = Mutex<[String]>([])
        let channel = Mutex<EmbeddedChannel?>(nil)
        let stream = FakeStream(opened: {
            let sent = try? channel.withLock { try $0?.readOutbound(as: ByteBuffer.self) }
            seen.withLock { $0.append(sent.map { String(buffer: $0) } ?? "") }
        })
        let wire = try Wire(
            FakeHandler { _ in
                ClientResponse(status: 200, body: .stream(contentType: "text/plain", stream))
            })
        channel.withLock { $0 = wire.channel }
        try wire.send("GET /v1/a HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(seen.withLock { $0 } == [""])
        #expect(try Received(try wire.received()).status == 200)
    }

    @Test("HEAD gets the head and the stream is closed")
    func head() throws {
        let (stream, wire) = try start("HEAD")
        #expect(try Received(try wire.received()).body.isEmpty)
        #expect(stream.isClosed)
    }

    @Test("a stream stays open however long nothing comes")
    func quiet() throws {
        let (stream, wire) = try start()
        _ = try wire.received()
        wire.pass(seconds: 100_000)
        #expect(wire.isOpen && !stream.isClosed)
    }

    @Test("from a client that does not read nothing more is taken, and it is cut off in the end")
    func slowReader() throws {
        let (stream, wire) = try start()
        _ = try wire.received()
        wire.channel.isWritable = false
        stream.give(bytes("a"), bytes("b"))
        run(wire)
        #expect(stream.state.withLock { $0.taken } == 0)
        wire.channel.isWritable = true
        wire.channel.pipeline.fireChannelWritabilityChanged()
        run(wire)
        #expect(stream.state.withLock { $0.taken } == 2)
        #expect(try wire.received() == "1\r\na\r\n1\r\nb\r\n")
    }

    @Test("a client that goes away closes the stream")
    func gone() throws {
        let (stream, wire) = try start()
        wire.channel.close(promise: nil)
        run(wire)
        #expect(stream.isClosed)
    }

    @Test("a client that closes its side closes the stream")
    func halfClosed() throws {
        let (stream, wire) = try start()
        _ = try wire.received()
        wire.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        run(wire)
        #expect(stream.isClosed)
        #expect(try wire.received() == "0\r\n\r\n")
    }

    @Test("a server that stops ends its streams")
    func drained() throws {
        let (stream, wire) = try start()
        _ = try wire.received()
        _ = wire.lane.drain()
        run(wire)
        #expect(stream.isClosed)
        #expect(try wire.received() == "0\r\n\r\n")
    }
}
