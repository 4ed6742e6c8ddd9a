import Testing
import Wire

@Suite("The plugin's session")
struct PluginSessionTests {
    private let offer = HelloReply(
        minor: 3, features: ["a", "b"], name: "kv", version: "1", type: .secret)

    private func ready() throws -> PluginSession {
        var session = PluginSession(offer: offer)
        _ = try session.receive(.hello(Hello(maxFrameBytes: 1 << 20, lane: 0)), call: 0)
        return session
    }

    private func reason(
        _ session: inout PluginSession, _ message: Message, _ call: UInt64 = 0
    ) -> CloseReason? {
        do throws(WireError) {
            _ = try session.receive(message, call: call)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test("the answer to hello has the lower minor version and the features of both")
    func handshake() throws {
        var session = PluginSession(offer: offer)
        #expect(session.maxPayloadBytes == WireLimits.maxHandshakePayloadBytes)
        let hello = Hello(
            minor: 2, features: ["b", "c"], maxFrameBytes: 1 << 20, maxCallsInFlight: 5, lane: 1)
        guard case .greeted(let reply) = try session.receive(.hello(hello), call: 0) else {
            Issue.record("not greeted")
            return
        }
        #expect(reply.minor == 2)
        #expect(reply.features == ["b"])
        #expect(session.maxPayloadBytes == 1 << 20)
        #expect(session.maxCallsInFlight == 5)
    }

    @Test("a host of another major version is refused")
    func versions() {
        var session = PluginSession(offer: offer)
        #expect(reason(&session, .hello(Hello(major: 2, lane: 0))) == .unsupportedVersion)
    }

    @Test("limits that nothing fits into are refused, and larger ones are cut to the protocol's")
    func limits() throws {
        var session = PluginSession(offer: offer)
        #expect(reason(&session, .hello(Hello(maxFrameBytes: 100, lane: 0))) == .invalidValue)
        session = PluginSession(offer: offer)
        #expect(reason(&session, .hello(Hello(maxCallsInFlight: 0, lane: 0))) == .invalidValue)
        session = PluginSession(offer: offer)
        #expect(reason(&session, .hello(Hello(lane: 5_000))) == .invalidValue)
        session = PluginSession(offer: offer)
        let hello = Hello(maxFrameBytes: .max, maxCallsInFlight: .max, lane: 0)
        #expect(reason(&session, .hello(hello)) == nil)
        #expect(session.maxPayloadBytes == WireLimits.maxFramePayloadBytes)
        #expect(session.maxCallsInFlight == WireLimits.maxCallsInFlight)
    }

    @Test("nothing but hello or close comes first, and hello comes once")
    func order() throws {
        for sample in Samples.all {
            switch sample.message {
            case .hello, .close: continue
            default:
                var session = PluginSession(offer: offer)
                #expect(
                    reason(&session, sample.message, sample.call) == .unexpectedMessage,
                    "\(sample.name)")
            }
        }
        var session = try ready()
        #expect(reason(&session, .hello(Hello(lane: 0))) == .unexpectedMessage)
    }

    @Test("what only a plugin sends is refused from a host")
    func pluginsKinds() throws {
        for sample in Samples.all {
            switch sample.message {
            case .helloReply, .mountReply, .unmountReply, .response, .storage, .event:
                var session = try ready()
                #expect(
                    reason(&session, sample.message, sample.call) == .unexpectedMessage,
                    "\(sample.name)")
            default: continue
            }
        }
    }

    @Test("a host's calls carry odd ids and its replies even ones")
    func parity() throws {
        var session = try ready()
        let request = Message.request(EngineRequest(mount: Samples.mountID, operation: 2, path: []))
        #expect(reason(&session, request, 2) == .invalidCall)
        #expect(reason(&session, request, 1) == nil)
        #expect(reason(&session, .cancel, 2) == .invalidCall)
        let reply = Message.storageReply(.committed(revision: 1))
        #expect(reason(&session, reply, 1) == .invalidCall)
        #expect(reason(&session, reply, 2) == nil)
    }
}
