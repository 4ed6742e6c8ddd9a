import Testing
import Wire

@Suite("The host's session")
struct HostSessionTests {
    private static let reply = HelloReply(
        features: ["a"], name: "kv", version: "1", type: .secret, maxCallsInFlight: 8)

    private func greeting(_ features: [String] = ["a", "b"]) -> HostSession {
        var session = HostSession(hello: Hello(features: features, maxFrameBytes: 1 << 20, lane: 0))
        guard case .hello = session.start() else {
            Issue.record("a session starts with hello")
            return session
        }
        return session
    }

    private func ready() throws -> HostSession {
        var session = greeting()
        _ = try session.receive(.helloReply(Self.reply), call: 0)
        return session
    }

    private func reason(
        _ session: inout HostSession, _ message: Message, _ call: UInt64 = 0
    ) -> CloseReason? {
        do throws(WireError) {
            _ = try session.receive(message, call: call)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test("after the handshake calls may be opened, within what the plugin takes")
    func handshake() throws {
        var session = greeting()
        #expect(!session.acceptsCalls)
        #expect(session.maxPayloadBytes == WireLimits.maxHandshakePayloadBytes)
        let event = try session.receive(.helloReply(Self.reply), call: 0)
        #expect(event == .ready(Self.reply))
        #expect(session.acceptsCalls)
        #expect(session.maxPayloadBytes == 1 << 20)
        #expect(session.maxCallsInFlight == 8)
    }

    @Test("a plugin cannot raise the bound on calls beyond the protocol's")
    func callBound() throws {
        var session = greeting()
        var reply = Self.reply
        reply.maxCallsInFlight = .max
        _ = try session.receive(.helloReply(reply), call: 0)
        #expect(session.maxCallsInFlight == WireLimits.maxCallsInFlight)
    }

    @Test("a plugin of another major version is refused, and told both versions")
    func versions() {
        for (major, minor): (UInt32, UInt32) in [(2, 0), (0, 0), (1, 1)] {
            var session = greeting()
            var reply = Self.reply
            reply.major = major
            reply.minor = minor
            #expect(reason(&session, .helloReply(reply)) == .unsupportedVersion)
        }
    }

    @Test("a feature that was not offered, or no call at all, is refused")
    func features() {
        var session = greeting()
        var reply = Self.reply
        reply.features = ["a", "c"]
        #expect(reason(&session, .helloReply(reply)) == .invalidValue)
        session = greeting()
        reply = Self.reply
        reply.maxCallsInFlight = 0
        #expect(reason(&session, .helloReply(reply)) == .invalidValue)
    }

    @Test("nothing but helloReply or close comes before the handshake")
    func beforeHandshake() {
        for sample in Samples.all {
            switch sample.message {
            case .helloReply, .close: continue
            default:
                var session = greeting()
                #expect(
                    reason(&session, sample.message, sample.call) == .unexpectedMessage,
                    "\(sample.name)")
            }
        }
    }

    @Test("what only a host sends is refused from a plugin")
    func hostsKinds() throws {
        for sample in Samples.all {
            switch sample.message {
            case .hello, .helloReply, .mount, .unmount, .request, .storageReply, .invalidate:
                var session = try ready()
                #expect(
                    reason(&session, sample.message, sample.call) == .unexpectedMessage,
                    "\(sample.name)")
            default: continue
            }
        }
    }

    @Test("replies carry odd ids and a plugin's calls even ones")
    func parity() throws {
        var session = try ready()
        let response = Message.response(EngineResponse())
        #expect(reason(&session, response, 2) == .invalidCall)
        #expect(reason(&session, response, 1) == nil)
        let get = Message.storage(
            StorageRequest(mount: Samples.mountID, parentCall: 1, action: .get([])))
        #expect(reason(&session, get, 1) == .invalidCall)
        #expect(reason(&session, get, 2) == nil)
        let orphan = Message.storage(
            StorageRequest(mount: Samples.mountID, parentCall: 2, action: .get([])))
        #expect(reason(&session, orphan, 2) == .invalidCall)
        #expect(reason(&session, .ping, 1) == .invalidCall)
        #expect(reason(&session, .pong, 2) == .invalidCall)
    }

    @Test("draining lets answers in and calls end")
    func draining() throws {
        var session = try ready()
        #expect(try session.receive(.drain, call: 0) == .drainRequested)
        #expect(session.drain() == .drain)
        #expect(session.drain() == nil)
        #expect(!session.acceptsCalls)
        #expect(
            try session.receive(.response(EngineResponse()), call: 1)
                == .answered(call: 1, EngineResponse()))
    }

    @Test("after close nothing is said and nothing is heard")
    func closed() throws {
        var session = try ready()
        let close = Close(reason: .goingAway, message: "bye")
        #expect(try session.receive(.close(close), call: 0) == .closed(close))
        #expect(session.close(WireError(.internalError, "")) == nil)
        #expect(reason(&session, .pong, 1) == .unexpectedMessage)
        #expect(reason(&session, .close(close)) == .unexpectedMessage)
        #expect(session.drain() == nil)
    }

    @Test("an error is told to the plugin once")
    func closesOnce() throws {
        var session = try ready()
        let error = WireError(.malformedMessage, "x")
        #expect(session.close(error) == .close(Close(reason: .malformedMessage, message: "x")))
        #expect(session.close(error) == nil)
    }
}
