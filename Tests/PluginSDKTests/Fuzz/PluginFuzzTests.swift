import PluginSDK
import Testing
import Wire

@Suite("Broken frames towards a plugin")
struct PluginFuzzTests {
    @Test(
        "half a million of them end in answers or a named close, and, when run alone, cost no memory"
    )
    func pluginEnd() throws {
        // Replies that fit no call are logged, which nobody wants to read here.
        Log.level = .off
        var fuzzer = MutationFuzzer(seed: 0x5EED, corpus: FrameCorpus.fromHost)
        var end = PluginEnd()
        let count = MutationFuzzer.frameCount / 2
        for _ in 0..<count / 10 { end.feed(fuzzer.next()) }
        let memory = MutationFuzzer.MemoryCheck()
        for _ in 0..<count - count / 10 { end.feed(fuzzer.next()) }
        memory.expectGrowth(below: 48 << 20)
        #expect(end.answers > count / 50)
        #expect(end.storageCalls > count / 200)
        #expect(end.closes > count / 50)
    }
}

/// The connection loop of a plugin, greeted and mounted, that starts anew when it has ended.
private struct PluginEnd: ~Copyable {
    var answers = 0
    var storageCalls = 0
    var closes = 0
    private var fed = 0
    private let mounts = MountTable { _ in testEngine() }
    private var connection: Connection
    private var output = FrameDecoder()

    init() {
        connection = Self.connect(mounts)
    }

    mutating func feed(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { connection.append($0) }
        while connection.handleNext() {}
        connection.takeOutput { output.append($0) }
        check()
        fed += 1
        // A frame that claims more than it brings swallows what follows; now and then it may.
        if connection.end.isOver || connection.bufferedByteCount > 0 && fed % 8 != 0
            || fed % 128 == 0
        {
            connection = Self.connect(mounts)
            output = FrameDecoder()
        }
    }

    /// Whatever came in, what goes out is whole frames of the kinds that a plugin sends.
    private mutating func check() {
        do throws(WireError) {
            while let (_, message) = try output.nextMessage() {
                switch message {
                case .response: answers += 1
                case .storage: storageCalls += 1
                case .close:
                    closes += 1
                    if !connection.end.isOver { Issue.record("closed and went on") }
                case .helloReply, .mountReply, .unmountReply, .pong, .drain: break
                default: Issue.record("a plugin sent \(message.kind)")
                }
            }
            if output.bufferedByteCount > 0 { Issue.record("half a frame was sent") }
        } catch {
            Issue.record("a plugin sent a broken frame: \(error)")
        }
    }

    private static func connect(_ mounts: MountTable) -> Connection {
        let connection = Connection(
            offer: HelloReply(name: "f", version: "1", type: .secret), mounts: mounts)
        var bytes: [UInt8] = []
        Message.hello(Hello(lane: 0, grease: .none)).encode(call: 0, into: &bytes)
        Message.mount(MountSpec(id: FrameCorpus.mount, generation: 1, grease: .none))
            .encode(call: 1, into: &bytes)
        bytes.withUnsafeBytes { connection.append($0) }
        while connection.handleNext() {}
        return connection
    }
}
