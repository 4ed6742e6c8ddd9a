import Testing
import Wire

@Suite("Messages and their frames")
struct CodecTests {
    @Test("every message comes back as it went in", arguments: Samples.all.indices)
    func roundTrip(index: Int) throws {
        let sample = Samples.all[index]
        var decoder = FrameDecoder()
        let bytes = Samples.encoded(sample.message, call: sample.call)
        bytes.withUnsafeBytes { decoder.append($0) }
        let decoded = try decoder.nextMessage()
        #expect(decoded?.message == sample.message)
        #expect(decoded?.call == sample.call)
        #expect(decoder.bufferedByteCount == 0)
    }

    @Test("encoding appends to what is there, and says how large the payload is")
    func appends() {
        var out: [UInt8] = [9, 9, 9]
        let size = Message.pong.encode(call: 3, into: &out)
        #expect(size == 0)
        #expect(out == [9, 9, 9] + frame(kind: 16, call: 3).withZeroedReserve)

        let before = out.count
        let event = Message.event(EngineEvent(mount: Samples.mountID, name: "n"))
        let payload = event.encode(call: 0, into: &out)
        #expect(out.count == before + WireLimits.headerBytes + payload)
    }

    @Test("a body of the largest size goes through in one frame")
    func largestBody() throws {
        let data = [UInt8](repeating: 0x61, count: WireLimits.maxBodyBytes)
        let message = Message.response(EngineResponse(data: data))
        var out: [UInt8] = []
        let size = message.encode(call: 1, into: &out)
        #expect(size <= WireLimits.maxFramePayloadBytes)
        #expect(decode(out).messages == [message])
    }

    @Test("hosts grease hello and mount, and no receiver minds", arguments: 0..<200)
    func grease(round: Int) {
        let hello = Message.hello(Hello(lane: 1))
        let mount = Message.mount(MountSpec(id: Samples.mountID, generation: 1))
        for message in [hello, mount] {
            let bytes = Samples.encoded(message, call: message.kind.hasCall ? 1 : 0)
            #expect(decode(bytes).messages == [message])
        }
    }

    @Test("grease is really on the wire")
    func greaseIsSent() {
        let plain = Samples.encoded(.hello(Hello(lane: 1, grease: .none)), call: 0)
        let greased = Samples.encoded(.hello(Hello(lane: 1)), call: 0)
        #expect(greased.count > plain.count)
    }

    @Test("a close with a reason of a newer peer is still a close")
    func unknownCloseReason() {
        let bytes = frame(kind: 14, field(1, 4_000) + field(2, Array("why".utf8)))
        #expect(
            decode(bytes).messages == [.close(Close(reason: .other, message: "why"))])
    }

    @Test("the text of an error never holds what the peer sent")
    func errorsDoNotQuote() {
        let secret = Array("hunter2-".utf8) + [0xFF]
        let bytes = frame(kind: 8, call: 1, field(4, secret))
        let error = decode(bytes).error
        #expect(error == WireError(.invalidText, ""))
        #expect(error?.description.contains("hunter2") == false)
    }
}

extension [UInt8] {
    /// As a sender writes it: reserved bytes are zero.
    fileprivate var withZeroedReserve: [UInt8] {
        var copy = self
        copy[6] = 0
        copy[7] = 0
        return copy
    }
}
