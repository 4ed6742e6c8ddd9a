import Testing
import Wire

@Suite("Broken frames towards the host")
struct HostFuzzTests {
    @Test(
        "half a million of them are messages or named errors, and, when run alone, cost no memory")
    func hostEnd() throws {
        var fuzzer = MutationFuzzer(seed: 0xC0FFE5, corpus: FrameCorpus.fromPlugin)
        var end = HostEnd()
        let count = MutationFuzzer.frameCount / 2
        // What the first frames make resident stays; what grows after them is a leak.
        for _ in 0..<count / 10 { end.feed(fuzzer.next()) }
        let memory = MutationFuzzer.MemoryCheck()
        for _ in 0..<count - count / 10 { end.feed(fuzzer.next()) }
        memory.expectGrowth(below: 48 << 20)
        // The fuzzer is no use when everything is refused, or nothing.
        #expect(end.accepted > count / 50)
        #expect(end.refused > count / 50)
    }
}

/// The host's end of a connection that starts anew after each error.
private struct HostEnd: ~Copyable {
    var accepted = 0
    var refused = 0
    private var fed = 0
    private var decoder = FrameDecoder()
    private var session = HostEnd.readySession()

    mutating func feed(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { decoder.append($0) }
        do throws(WireError) {
            while let (call, message) = try decoder.nextMessage() {
                accepted += 1
                if accepted % 16 == 0 { check(message, call) }
                if case .closed = try session.receive(message, call: call) { restart() }
            }
            // A frame that claims more than it brings swallows what follows; now and then it may.
            fed += 1
            if decoder.bufferedByteCount > 0 ? fed % 8 != 0 : fed % 64 == 0 { restart() }
        } catch {
            refused += 1
            restart()
        }
    }

    /// What was decoded means the same after it was encoded again.
    private func check(_ message: Message, _ call: UInt64) {
        var bytes: [UInt8] = []
        message.encode(call: call, into: &bytes)
        var decoder = FrameDecoder()
        bytes.withUnsafeBytes { decoder.append($0) }
        if (try? decoder.nextMessage()?.message) != message {
            Issue.record("a \(message.kind) changed on its way")
        }
    }

    private mutating func restart() {
        decoder = FrameDecoder()
        session = Self.readySession()
    }

    private static func readySession() -> HostSession {
        var session = HostSession(hello: Hello(lane: 0, grease: .none))
        _ = session.start()
        _ = try? session.receive(
            .helloReply(HelloReply(name: "f", version: "1", type: .secret)), call: 0)
        return session
    }
}
