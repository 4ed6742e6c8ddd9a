// The core's end of a plugin's connection, in memory: frames in, messages out.

import PluginSDK
import PluginTesting
import Testing
import Wire

final class TestHost {
    let connection: Connection
    let storage = MemoryStorage()
    let mount = MountID(high: 1, low: 2)
    private var decoder = FrameDecoder()
    private var received: [(call: UInt64, message: Message)] = []
    private var nextCall: UInt64 = 1

    init(_ mounts: MountTable, maxCalls: UInt32 = 4_096) {
        connection = Connection(
            offer: HelloReply(
                name: "test", version: "1", type: .secret, maxCallsInFlight: maxCalls),
            mounts: mounts)
    }

    /// Greeted, with a mount of `testEngine`.
    static func ready(
        _ witness: Witness = Witness(), maxCalls: UInt32 = 4_096, maxFrameBytes: UInt32 = 128 << 10,
        maxStorageCalls: UInt32 = 100
    ) throws -> TestHost {
        let host = TestHost(MountTable { _ in testEngine(witness) }, maxCalls: maxCalls)
        host.send(
            .hello(
                Hello(
                    maxFrameBytes: maxFrameBytes, maxCallsInFlight: maxStorageCalls, lane: 0)),
            call: 0)
        guard case .helloReply = try host.next()?.message else {
            Issue.record("not greeted")
            return host
        }
        _ = host.open(.mount(MountSpec(id: host.mount, generation: 1)))
        guard case .mountReply(let reply) = try host.next()?.message, reply.error == nil else {
            Issue.record("not mounted")
            return host
        }
        return host
    }

    func send(_ message: Message, call: UInt64) {
        var bytes: [UInt8] = []
        message.encode(call: call, into: &bytes)
        send(bytes)
    }

    func send(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { connection.append($0) }
        while connection.handleNext() {}
    }

    func open(_ message: Message) -> UInt64 {
        defer { nextCall += 2 }
        send(message, call: nextCall)
        return nextCall
    }

    func request(
        _ operation: UInt8, _ path: String, deadlineMilliseconds: UInt32 = 0,
        mount: MountID? = nil
    ) -> UInt64 {
        open(
            .request(
                EngineRequest(
                    mount: mount ?? self.mount, operation: operation, path: Array(path.utf8),
                    deadlineMilliseconds: deadlineMilliseconds)))
    }

    /// The next message of the plugin.
    func next() throws -> (call: UInt64, message: Message)? {
        connection.takeOutput { decoder.append($0) }
        return try decoder.nextMessage()
    }

    /// Serves storage calls until nothing more comes; returns the responses by call.
    func run() throws -> [UInt64: EngineResponse] {
        var responses: [UInt64: EngineResponse] = [:]
        while let (call, message) = try next() {
            switch message {
            case .storage(let request):
                send(.storageReply(storage.perform(request.action)), call: call)
            case .response(let response):
                #expect(responses[call] == nil, "call \(call) was answered twice")
                responses[call] = response
            default: Issue.record("unexpected \(message.kind)")
            }
        }
        return responses
    }
}
