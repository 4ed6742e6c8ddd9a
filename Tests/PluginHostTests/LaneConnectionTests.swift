import Kernel
import NIOCore
import Paths
import Testing
import Wire

@testable import PluginHost

@Suite struct LaneConnectionTests {
    private func ready(calls: UInt32 = 4_096) async throws -> LaneFixture {
        let lane = try LaneFixture(storage: try await TestStorage.make())
        try lane.makeReady(calls: calls)
        return lane
    }

    private func reason(_ lane: LaneFixture) -> CloseReason? {
        guard case .malformed(let reason, _)? = lane.observer.ends.first else { return nil }
        return reason
    }

    @Test("requests of one tick go out in one write, in their order")
    func coalesces() async throws {
        let lane = try await ready()
        let outcomes = (0..<10).map { lane.send(lane.request("path\($0)")) }
        let writes = lane.takeWrites()
        #expect(writes.count == 1)
        var decoder = FrameDecoder()
        for write in writes { write.withUnsafeBytes { decoder.append($0) } }
        var paths: [String] = []
        while let (_, message) = try decoder.nextMessage() {
            guard case .request(let request) = message else { continue }
            paths.append(String(decoding: request.path, as: UTF8.self))
        }
        #expect(paths == (0..<10).map { "path\($0)" })
        #expect(outcomes.allSatisfy { $0.all.isEmpty })
    }

    @Test("answers come in any order, in any pieces, and each request gets its own")
    func answersInAnyOrder() async throws {
        let lane = try await ready()
        let outcomes = (0..<3).map { _ in lane.send(lane.request()) }
        let calls = try lane.sent().map(\.call)
        var bytes: [UInt8] = []
        for index in [2, 0, 1] {
            Message.response(EngineResponse(data: Array("{\"n\":\(index)}".utf8)))
                .encode(call: calls[index], into: &bytes)
        }
        for byte in bytes { try lane.say([byte]) }
        #expect(outcomes.map { $0.all.first?.text } == ["{\"n\":0}", "{\"n\":1}", "{\"n\":2}"])
        #expect(lane.observer.ends.isEmpty)
    }

    @Test("what was written is wiped from the buffer it was gathered in")
    func wipes() throws {
        var out = OutBuffer()
        Message.ping.encode(call: 1, into: &out.gathered)
        let taken = out.take(ByteBufferAllocator())
        let buffer = try #require(taken)
        #expect(buffer.readableBytesView.contains { $0 != 0 })
        out.written(buffer)
        #expect(buffer.readableBytesView.allSatisfy { $0 == 0 })
        #expect(out.pendingBytes == 0)
    }

    @Test("entries that a route declares go along with the request, absent ones as absent")
    func prefetches() async throws {
        let lane = try await ready()
        _ = await lane.storage.put("data/a", "value")
        _ = lane.send(lane.request("data/a"))
        guard case .request(let request)? = try lane.sent().last?.message else {
            Issue.record("no request")
            return
        }
        #expect(
            request.prefetched.map { String(decoding: $0.key, as: UTF8.self) } == [
                "data/a", "absent/a",
            ])
        #expect(request.prefetched.first?.value == Array("value".utf8))
        #expect(request.prefetched.last?.value == nil)
        #expect(request.prefetched.last?.revision == 0)
    }

    @Test("only what the operation reads goes along")
    func prefetchesPerOperation() async throws {
        let lane = try await ready()
        for (operation, keys) in [
            (Operation.update, ["absent/a"]), (.create, ["absent/a"]), (.delete, []),
        ] {
            _ = lane.send(lane.request("data/a", operation))
            guard case .request(let request)? = try lane.sent().last?.message else {
                Issue.record("no request")
                return
            }
            #expect(request.prefetched.map { String(decoding: $0.key, as: UTF8.self) } == keys)
        }
    }

    @Test("a path that would read outside its folder is not read in advance")
    func prefetchEscapes() async throws {
        let lane = try await ready()
        _ = lane.send(lane.request("data/.."))
        guard case .request(let request)? = try lane.sent().last?.message else {
            Issue.record("no request")
            return
        }
        #expect(request.prefetched.isEmpty)
    }

    @Test("beyond the calls that the plugin takes, load is shed with a time to come back")
    func shedsLoad() async throws {
        let lane = try await ready(calls: 3)
        let outcomes = (0..<5).map { _ in lane.send(lane.request()) }
        #expect(outcomes.map(\.all.count) == [0, 0, 0, 1, 1])
        let failure = outcomes[4].all.first?.failure
        #expect(failure?.code == .unavailable)
        #expect(failure?.retryAfterSeconds == 1)
        #expect(try lane.sent().count == 3)
    }

    @Test(
        "a call past its deadline is cancelled and answered, and its late answer is no offence"
    )
    func deadline() async throws {
        let lane = try await ready()
        let outcomes = lane.send(lane.request(milliseconds: 400))
        let call = try #require(try lane.sent().last?.call)
        lane.advance(milliseconds: 250)
        #expect(outcomes.all.isEmpty)
        lane.advance(milliseconds: 250)
        #expect(outcomes.all.first?.failure?.code == .deadlineExceeded)
        let frames = try lane.sent()
        #expect(frames.contains { $0.call == call && $0.message == .cancel })
        try lane.say(.response(EngineResponse()), call)
        #expect(lane.observer.ends.isEmpty)
        #expect(outcomes.all.count == 1)
    }

    @Test("a request whose time is over already is not sent")
    func expiredRequest() async throws {
        let lane = try await ready()
        #expect(
            lane.send(lane.request(milliseconds: 0)).all.first?.failure?.code == .deadlineExceeded)
        #expect(try lane.sent().isEmpty)
    }

    @Test("a plugin that misses deadline after deadline is hung; one that answers pings is not")
    func hung() async throws {
        for answersPings in [false, true] {
            let lane = try await ready()
            for _ in 0..<PluginHostLimits.missedDeadlinesInARow {
                _ = lane.send(lane.request(milliseconds: 100))
                lane.advance(milliseconds: 250)
                for frame in try lane.sent() where frame.message == .ping && answersPings {
                    try lane.say(.pong, frame.call)
                }
            }
            #expect(lane.observer.ends == (answersPings ? [] : [.hung]))
        }
    }

    @Test("a connection that carries nothing has no timer running")
    func idleTimer() async throws {
        let lane = try await ready()
        _ = lane.send(lane.request())
        try lane.say(.response(EngineResponse()), try #require(try lane.sent().last?.call))
        // A day later nothing was sent, no ping either.
        lane.advance(milliseconds: 86_400_000)
        #expect(try lane.sent().isEmpty)
        #expect(lane.observer.ends.isEmpty)
    }

    @Test(
        "what no plugin may say ends the connection with its reason, and calls in flight fail once",
        arguments: [
            (
                "an answer to no call", Message.response(EngineResponse()), 99,
                CloseReason.invalidCall
            ),
            ("an answer with an even id", .response(EngineResponse()), 2, .invalidCall),
            (
                "a second hello", .helloReply(HelloReply(name: "x", version: "1", type: .secret)),
                0, .unexpectedMessage
            ),
            (
                "a request",
                .request(EngineRequest(mount: MountID(high: 0, low: 0), operation: 1, path: [])), 2,
                .unexpectedMessage
            ),
            (
                "a storage call with an odd id",
                .storage(
                    StorageRequest(mount: MountID(high: 7, low: 9), parentCall: 1, action: .get([]))
                ), 3, .invalidCall
            ),
        ] as [(String, Message, UInt64, CloseReason)])
    func violations(_ name: String, _ message: Message, _ call: UInt64, _ expected: CloseReason)
        async throws
    {
        let lane = try await ready()
        let outcomes = lane.send(lane.request())
        _ = try lane.sent()
        try lane.say(message, call)
        #expect(reason(lane) == expected)
        #expect(outcomes.all.count == 1)
        #expect(outcomes.all.first?.failure?.code == .internalError)
        #expect(outcomes.all.first?.failure?.message.contains("malformed frame") == true)
        guard case .close(let close)? = try lane.sent().last?.message else {
            Issue.record("the plugin was not told why")
            return
        }
        #expect(close.reason == expected)
        #expect(lane.send(lane.request()).all.first?.failure?.code == .unavailable)
    }

    @Test("an answer of another kind than the call is a violation, and the call fails with it")
    func answerOfAnotherKind() async throws {
        let lane = try await ready()
        let outcomes = lane.send(lane.request())
        try lane.say(.mountReply(MountReply()), try #require(try lane.sent().last?.call))
        #expect(reason(lane) == .unexpectedMessage)
        #expect(outcomes.all.first?.failure?.code == .internalError)
    }

    @Test("a frame that announces too much ends the connection before its bytes come")
    func hugeFrame() async throws {
        let lane = try await ready()
        try lane.say([0, 0, 0, 0x40, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
        #expect(reason(lane) == .frameTooLarge)
    }

    @Test("random bytes end the connection and nothing else")
    func garbage() async throws {
        for _ in 0..<200 {
            let lane = try LaneFixture(storage: try await TestStorage.make())
            if Bool.random() { try lane.makeReady() }
            try lane.say((0..<64).map { _ in UInt8.random(in: 0...255) })
            // Short of a whole frame it waits for more; it never answers garbage with anything but
            // an end.
            #expect(lane.observer.ends.count <= 1)
        }
    }

    @Test("a plugin of another protocol version is refused in the handshake")
    func otherVersion() async throws {
        let lane = try LaneFixture(storage: try await TestStorage.make())
        try lane.say(.helloReply(HelloReply(major: 9, name: "x", version: "1", type: .secret)))
        #expect(reason(lane) == .unsupportedVersion)
        #expect(lane.observer.ready == 0)
    }

    @Test(
        "a name that would break a log line is no name",
        arguments: ["", "a b", "a\nb", "ä", String(repeating: "x", count: 200)])
    func badName(_ name: String) async throws {
        let lane = try LaneFixture(storage: try await TestStorage.make())
        try lane.say(.helloReply(HelloReply(name: name, version: "1", type: .secret)))
        #expect(lane.observer.ends.count == 1)
    }

    @Test("drained means every call answered, and new ones are refused meanwhile")
    func drains() async throws {
        let lane = try await ready()
        let outcomes = lane.send(lane.request())
        let call = try #require(try lane.sent().last?.call)
        lane.connection.drain()
        #expect(lane.observer.drained == 0)
        #expect(lane.send(lane.request()).all.first?.failure?.code == .unavailable)
        try lane.say(.response(EngineResponse()), call)
        #expect(lane.observer.drained > 0)
        #expect(outcomes.all.count == 1)
        #expect(outcomes.all.first?.failure == nil)
    }
}
