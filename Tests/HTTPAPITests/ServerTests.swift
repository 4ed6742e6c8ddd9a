import Glibc
import Kernel
import NIOCore
import NIOPosix
import Testing

@testable import HTTPAPI

@Suite struct ServerTests {
    static func server(
        _ handler: FakeHandler = .echo(),
        group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup
    ) -> HTTPServer {
        HTTPServer(lanes: Lanes(group), handler: handler, logger: .quiet)
    }

    static let anyPort = patient(.tcp(host: "127.0.0.1", port: 0))

    /// A listener whose deadlines no busy machine reaches, where a test that waits for its turn
    /// would be cut off as a slow client. The deadlines have tests of their own, on a clock of
    /// their own.
    static func patient(_ address: ListenerAddress) -> ListenerConfiguration {
        var configuration = ListenerConfiguration(address: address)
        configuration.limits.headTimeoutSeconds = 600
        configuration.limits.bodyTimeoutSeconds = 600
        configuration.limits.idleTimeoutSeconds = 600
        configuration.limits.writeStallTimeoutSeconds = 600
        configuration.limits.lingerSeconds = 600
        return configuration
    }

    static func connect(_ address: ListenerAddress) async throws -> RawClient {
        try await .connect(to: address, group: .singletonMultiThreadedEventLoopGroup)
    }

    @Test("several listeners, TCP and Unix, serve the same core and report where they are bound")
    func listeners() async throws {
        let scratch = try Scratch()
        let handler = FakeHandler.echo()
        let server = Self.server(handler)
        let tcp = try await server.listen(Self.anyPort)
        let unix = try await server.listen(Self.patient(.unix(path: scratch.file("s"))))
        if case .tcp(_, let port) = tcp { #expect(port != 0) } else { Issue.record("not TCP") }
        for address in [tcp, unix] {
            let client = try await Self.connect(address)
            try await client.send(request("GET", "/v1/x"))
            let answer = try await Received(client.receive(endingIn: "}"))
            #expect(answer.body == #"{"path":"x"}"#)
            await client.close()
        }
        #expect(handler.requests.map(\.remoteAddress) == ["127.0.0.1", ""])
        await server.stop(graceSeconds: 1)
    }

    @Test("connections are spread over the lanes and each request names its own")
    func lanes() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let handler = FakeHandler.echo()
        let server = Self.server(handler, group: group)
        let address = try await server.listen(Self.anyPort)
        for _ in 0..<4 {
            let client = try await Self.connect(address)
            try await client.send(request("GET", "/v1/x"))
            _ = try await client.receive(endingIn: "}")
            await client.close()
        }
        #expect(Set(handler.requests.map(\.lane)) == [0, 1])
        await server.stop(graceSeconds: 1)
        try await group.shutdownGracefully()
    }

    @Test("answers from other threads arrive, in order")
    func foreignThreads() async throws {
        let handler = FakeHandler.waiting()
        let server = Self.server(handler)
        let client = try await Self.connect(try await server.listen(Self.anyPort))
        try await client.send((0..<20).map { request("GET", "/v1/\($0)") }.joined())
        for number in 0..<20 { await handler.arrival()(.path("\(number).")) }
        let text = try await client.receive(endingIn: #"{"path":"19."}"#)
        #expect(
            text.split(separator: #"{"path":""#).dropFirst().map { $0.prefix { $0 != "." } }
                == (0..<20).map { "\($0)" })
        await client.close()
        await server.stop(graceSeconds: 1)
    }

    @Test("a busy port is named in the error")
    func busyPort() async throws {
        let server = Self.server()
        let address = try await server.listen(Self.anyPort)
        let error = try await #require(throws: ListenerError.self) {
            try await Self.server().listen(ListenerConfiguration(address: address))
        }
        #expect(error.code == .addressInUse)
        #expect(error.message == "cannot listen on \(address): Address already in use")
        await server.stop(graceSeconds: 1)
    }

    @Test("a body refused over a real socket can be read by a client that goes on sending")
    func refusedWhileSending() async throws {
        var configuration = Self.anyPort
        configuration.limits.maxBodyBytes = 1000
        let server = Self.server()
        let client = try await Self.connect(try await server.listen(configuration))
        try await client.send("POST /v1/a HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n")
        for _ in 0..<50 { try? await client.send(String(repeating: "x", count: 100_000)) }
        #expect(try await Received(client.receive(endingIn: "\n")).status == 413)
        await client.close()
        await server.stop(graceSeconds: 1)
    }

    @Test("a large body and a large answer go through whole")
    func large() async throws {
        let payload = #"{"a":""# + String(repeating: "x", count: 8_000_000) + #""}"#
        let handler = FakeHandler { ClientResponse(status: 200, body: .json($0.data)) }
        let server = Self.server(handler)
        let client = try await Self.connect(try await server.listen(Self.anyPort))
        try await client.send(request("POST", "/v1/a", ["Connection: close"], body: payload))
        #expect(try await Received(client.receiveAll()).body == payload)
        await server.stop(graceSeconds: 1)
    }

    @Test("connections beyond the limit are closed, and their places come free again")
    func maxConnections() async throws {
        var configuration = Self.anyPort
        configuration.limits.maxConnections = 1
        let server = Self.server()
        let address = try await server.listen(configuration)
        let first = try await Self.connect(address)
        try await first.send(request("GET", "/v1/a"))
        _ = try await first.receive(endingIn: "}")
        let second = try await Self.connect(address)
        #expect(try await second.receiveAll() == "")
        try await first.send(request("GET", "/v1/b", ["Connection: close"]))
        _ = try await first.receiveAll()
        var status = 0
        for _ in 0..<1000 where status == 0 {
            let third = try await Self.connect(address)
            try? await third.send(request("GET", "/v1/c", ["Connection: close"]))
            status = (try? Received(await third.receiveAll()).status) ?? 0
        }
        #expect(status == 200)
        await server.stop(graceSeconds: 1)
    }

    @Test(
        "stopping closes idle connections of every lane at once and lets a request in flight finish"
    )
    func gracefulStop() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let handler = FakeHandler.waiting()
        let server = Self.server(handler, group: group)
        let address = try await server.listen(Self.anyPort)
        let busy = try await Self.connect(address)
        try await busy.send(request("GET", "/v1/a"))
        let answer = await handler.arrival()
        let idle = [
            try await Self.connect(address), try await Self.connect(address),
            try await Self.connect(address),
        ]
        async let stopped: Void = server.stop(graceSeconds: 600)
        for client in idle { #expect(try await client.receiveAll() == "") }
        answer(.path("a"))
        let received = try await Received(busy.receiveAll())
        #expect(received.body == #"{"path":"a"}"#)
        #expect(received.header("connection") == "close")
        await stopped
        try await group.shutdownGracefully()
    }

    @Test("a request that outlives the grace is cut off")
    func stopWithoutGrace() async throws {
        let handler = FakeHandler.waiting()
        let server = Self.server(handler)
        let client = try await Self.connect(try await server.listen(Self.anyPort))
        try await client.send(request("GET", "/v1/a"))
        let answer = await handler.arrival()
        await server.stop(graceSeconds: 0)
        #expect(try await client.receiveAll() == "")
        answer(.path("a"))
    }

    @Test(
        "listener addresses are read as people write them",
        arguments: [
            ("127.0.0.1:8200", .tcp(host: "127.0.0.1", port: 8200)),
            ("[::1]:8200", .tcp(host: "::1", port: 8200)),
            (":8200", .tcp(host: "0.0.0.0", port: 8200)),
            ("localhost:0", .tcp(host: "localhost", port: 0)),
            ("::1:8200", nil), ("127.0.0.1", nil), ("a:b", nil), ("a:70000", nil), ("a:", nil),
        ] as [(String, ListenerAddress?)])
    func addresses(text: String, address: ListenerAddress?) {
        #expect(ListenerAddress(parsing: text) == address)
    }
}

@Suite struct UnixSocketTests {
    @Test("the socket has the mode it was given and goes away with the server")
    func mode() async throws {
        let scratch = try Scratch()
        let path = scratch.file("s")
        let server = ServerTests.server()
        try await server.listen(
            ListenerConfiguration(
                address: .unix(path: path, permissions: UnixSocketPermissions(mode: 0o660))))
        var information = stat()
        #expect(lstat(path, &information) == 0)
        #expect(information.st_mode & 0o777 == 0o660)
        await server.stop(graceSeconds: 1)
        #expect(lstat(path, &information) == -1)
        await #expect(throws: (any Error).self) {
            try await ServerTests.connect(.unix(path: path))
        }
    }

    @Test("a socket file that nobody answers on is replaced, one in use is left alone")
    func stale() async throws {
        let scratch = try Scratch()
        let path = scratch.file("s")
        let left = try UnixSocket(path: path, permissions: UnixSocketPermissions())
        close(left.descriptor)
        let configuration = ServerTests.patient(.unix(path: path))
        let server = ServerTests.server()
        try await server.listen(configuration)
        let error = try await #require(throws: ListenerError.self) {
            try await ServerTests.server().listen(configuration)
        }
        #expect(error.code == .addressInUse)
        #expect(error.message.contains(path))
        let client = try await ServerTests.connect(configuration.address)
        try await client.send(request("GET", "/v1/x"))
        _ = try await client.receive(endingIn: "}")
        await client.close()
        await server.stop(graceSeconds: 1)
    }

    @Test("a file that is no socket is never removed")
    func otherFile() async throws {
        let scratch = try Scratch()
        let path = try scratch.write("precious", to: "s")
        await #expect(throws: ListenerError.self) {
            try await ServerTests.server().listen(ListenerConfiguration(address: .unix(path: path)))
        }
        #expect(access(path, F_OK) == 0)
    }

    @Test("a path that is too long for a socket is named")
    func longPath() async throws {
        let path = "/tmp/" + String(repeating: "x", count: 200)
        let error = try await #require(throws: ListenerError.self) {
            try await ServerTests.server().listen(ListenerConfiguration(address: .unix(path: path)))
        }
        #expect(error.code == .invalidAddress)
        #expect(error.message.contains(path))
    }
}
