// A lane's connection on an embedded channel, with the test as the plugin.

import Cryptography
import Kernel
import Logging
import NIOCore
import NIOEmbedded
import Paths
import Synchronization
import Wire

@testable import PluginHost

final class LaneFixture {
    let channel = EmbeddedChannel()
    let observer = Observer()
    let connection: LaneConnection
    let storage: MountStorage
    let mountID = MountID(high: 7, low: 9)
    private let recorder = Recorder()
    private var decoder = FrameDecoder()

    init(storage: MountStorage) throws {
        self.storage = storage
        connection = LaneConnection(
            lane: 0, loop: channel.embeddedEventLoop, timings: HostTimings(),
            label: "plugin \"x\"", logger: CapturedLog().logger,
            refusals: RefusalBook(label: "plugin \"x\"", logger: CapturedLog().logger),
            observer: observer)
        try channel.pipeline.syncOperations.addHandlers(recorder, connection)
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
    }

    deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }

    /// Handshake and mount, as a good plugin answers them.
    func makeReady(
        calls: UInt32 = 4_096, kind: PluginType = .secret, mountReply: MountReply = MountReply()
    ) throws {
        let hello = try sent()
        guard case .hello = hello.first?.message else { throw Unexpected() }
        try say(
            .helloReply(HelloReply(name: "x", version: "1", type: kind, maxCallsInFlight: calls)))
        connection.mount(MountSpec(id: mountID, generation: 1), storage: storage) { _ in }
        try say(.mountReply(mountReply), try sent().last?.call ?? 0)
    }

    var engine: EngineView {
        EngineView(
            id: mountID, storage: storage,
            manifest: BackendManifest(
                pluginName: "x", pluginVersion: "1", kind: .secret,
                routes: RouteTable([
                    Route(
                        PathPattern("data/:key"),
                        operations: [.read: DeclaredRoute(), .update: DeclaredRoute()],
                        reads: [
                            .read: [KeyTemplate("data/{key}"), KeyTemplate("absent/{key}")],
                            .update: [KeyTemplate("absent/{key}")],
                        ])
                ]), unauthenticatedPaths: .none, sudoPaths: .none), hasReads: true)
    }

    func request(
        _ path: String = "a", _ operation: Paths.Operation = .read, milliseconds: Int64 = 1_000,
        internalData: [UInt8] = []
    ) -> BackendRequest {
        BackendRequest(
            lane: 0, operation: operation, path: path, requestID: UUID128.random(),
            internalData: internalData,
            deadlineNanoseconds: (channel.embeddedEventLoop.now + .milliseconds(milliseconds))
                .uptimeNanoseconds)
    }

    /// Sends a request and keeps its outcome.
    func send(_ request: BackendRequest) -> Outcomes {
        let outcomes = Outcomes()
        connection.send(request, to: engine) { outcomes.append($0) }
        return outcomes
    }

    /// What the host has written since the last call.
    func sent() throws -> [(call: UInt64, message: Message)] {
        channel.embeddedEventLoop.run()
        for write in takeWrites() { write.withUnsafeBytes { decoder.append($0) } }
        var messages: [(call: UInt64, message: Message)] = []
        while let next = try decoder.nextMessage() { messages.append((next.call, next.message)) }
        return messages
    }

    /// The single writes that the socket saw since the last call.
    func takeWrites() -> [[UInt8]] {
        channel.embeddedEventLoop.run()
        defer { recorder.writes = [] }
        return recorder.writes
    }

    /// The plugin says something.
    func say(_ message: Message, _ call: UInt64 = 0) throws {
        var bytes: [UInt8] = []
        message.encode(call: call, into: &bytes)
        try say(bytes)
    }

    func say(_ bytes: [UInt8]) throws {
        try channel.writeInbound(ByteBuffer(bytes: bytes))
        channel.embeddedEventLoop.run()
    }

    func advance(milliseconds: Int64) {
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(milliseconds))
    }

    struct Unexpected: Error {}

    /// The socket: takes a copy of what is written, as the kernel would, before the buffer is
    /// wiped.
    private final class Recorder: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        var writes: [[UInt8]] = []

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            writes.append(Array(unwrapOutboundIn(data).readableBytesView))
            promise?.succeed()
        }
    }

    final class Outcomes: Sendable {
        private let list = Mutex<[BackendOutcome]>([])
        var all: [BackendOutcome] { list.withLock { $0 } }
        func append(_ outcome: BackendOutcome) { list.withLock { $0.append(outcome) } }
    }

    final class Observer: LaneObserver {
        private let state = Mutex<(ready: Int, drained: Int, asked: Int, ends: [LaneEnd])>(
            (0, 0, 0, []))
        var ready: Int { state.withLock { $0.ready } }
        var drained: Int { state.withLock { $0.drained } }
        var ends: [LaneEnd] { state.withLock { $0.ends } }
        func laneReady(_ lane: Int, _ identity: PluginIdentity) { state.withLock { $0.ready += 1 } }
        func laneDrained(_ lane: Int) { state.withLock { $0.drained += 1 } }
        func laneAsksToDrain(_ lane: Int) { state.withLock { $0.asked += 1 } }
        func laneEnded(_ lane: LaneConnection, _ end: LaneEnd) {
            state.withLock { $0.ends.append(end) }
        }
    }
}
