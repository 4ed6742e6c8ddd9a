// One event loop's connection to one plugin process: a thin shell around the session, the call book
// and the buffers.

internal import Cryptography
internal import Kernel
internal import Logging
internal import NIOCore
internal import Paths
internal import Synchronization
internal import Wire

/// What a connection tells the process it belongs to. Called on the loop.
protocol LaneObserver: AnyObject, Sendable {
    func laneReady(_ lane: Int, _ identity: PluginIdentity)
    /// The plugin wants to be replaced by another process.
    func laneAsksToDrain(_ lane: Int)
    func laneDrained(_ lane: Int)
    func laneEnded(_ lane: LaneConnection, _ end: LaneEnd)
}

/// Confined to its event loop, which is what makes it safe to be handed around.
final class LaneConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let lane: Int
    let loop: any EventLoop
    let timings: HostTimings
    let label: String
    let logger: Logger
    let refusals: RefusalBook
    let observer: any LaneObserver
    /// The process may have database plugins work for its mounts.
    let callsDatabases: Bool

    var session: HostSession
    var decoder = FrameDecoder(maxPayloadBytes: WireLimits.maxHandshakePayloadBytes)
    var book = CallBook<PendingCall>(maxInFlight: 0, mostAbandoned: 0)
    var out = OutBuffer()
    var silence = SilenceWatch(now: 0)
    var mounts: [MountID: MountStorage] = [:]
    /// For engines that keep entries in memory.
    var watches: [MountID: MountWatch] = [:]
    var storageCallsInFlight: Set<UInt64> = []
    var turns = LaneTurns()

    var context: ChannelHandlerContext?
    var flushIsScheduled = false
    var sweepIsScheduled = false
    var isDraining = false
    /// When the last request or mount went out.
    var lastCallAt: UInt64 = 0
    /// When the last request of a client went out; 0 for none. Read from anywhere.
    let lastRequestAt = Atomic<UInt64>(0)
    /// Clients' requests that were answered. Written on the loop only.
    let answeredRequests = Atomic<UInt64>(0)
    /// The process has ended, though not everything it said may have been read.
    var isOver = false
    private(set) var end: LaneEnd?

    init(
        lane: Int, loop: any EventLoop, timings: HostTimings, label: String, logger: Logger,
        refusals: RefusalBook, observer: any LaneObserver, callsDatabases: Bool = false
    ) {
        self.callsDatabases = callsDatabases
        self.timings = timings
        self.lane = lane
        self.loop = loop
        self.label = label
        self.logger = logger
        self.refusals = refusals
        self.observer = observer
        session = HostSession(
            hello: Hello(
                maxCallsInFlight: UInt32(PluginHostLimits.storageCallsInFlight),
                lane: UInt32(lane)))
    }

    /// The monotonic clock, as the loop has it.
    var now: UInt64 { loop.now.uptimeNanoseconds }

    var isOpen: Bool { end == nil && !isOver && session.acceptsCalls }
    var callsInFlight: Int { book.count }

    func calls(of mount: MountID) -> Int {
        book.count {
            if case .request(let pending, _) = $0 { pending.mount == mount } else { false }
        }
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { greet() }
    }

    func channelActive(context: ChannelHandlerContext) {
        greet()
        context.fireChannelActive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish(.lost)
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.lost)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { finish(.lost) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        buffer.withUnsafeReadableBytes { decoder.append($0) }
        wipeReadable(buffer)
        do throws(WireError) {
            var isHeard = false
            while end == nil, let (call, message) = try decoder.nextMessage() {
                // The clock is read once for all that came together.
                if !isHeard { silence.heard(now: now) }
                isHeard = true
                try receive(try session.receive(message, call: call))
            }
        } catch {
            finish(.malformed(error.reason, error.detail), saying: session.close(error))
        }
    }

    // MARK: Writing

    func write(_ message: Message, call: UInt64) {
        message.encode(call: call, into: &out.gathered)
        scheduleFlush()
    }

    /// One write at the end of the tick, however many frames it gathers: a flush for each halves
    /// the throughput.
    func scheduleFlush() {
        guard !flushIsScheduled else { return }
        flushIsScheduled = true
        loop.execute { self.flush() }
    }

    func flush() {
        flushIsScheduled = false
        guard let context, end == nil, let buffer = out.take(context.channel.allocator) else {
            return
        }
        let done = loop.makePromise(of: Void.self)
        done.futureResult.assumeIsolated().whenComplete { _ in self.out.written(buffer) }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: done)
    }

    // MARK: End

    /// For calls that were not sent: trying again is safe.
    var notSentFailure: BackendFailure {
        BackendFailure(
            .unavailable, "\(label) is not running at present",
            retryAfterSeconds: PluginHostLimits.shedRetryAfterSeconds)
    }

    /// For calls that were in flight: they are never sent again, and the client must not think that
    /// they failed for sure.
    var inFlightFailure: BackendFailure {
        BackendFailure(
            .internalError,
            "\(label) \(end?.message ?? "ended"); the request may or may not have been carried out")
    }

    var deadlineFailure: BackendFailure {
        BackendFailure(.deadlineExceeded, "\(label) did not answer in time")
    }

    func reportDrained() {
        guard isDraining, end == nil, book.count == 0, storageCallsInFlight.isEmpty else { return }
        observer.laneDrained(lane)
    }

    func finish(_ reason: LaneEnd, saying goodbye: Message? = nil) {
        guard end == nil else { return }
        if let goodbye { goodbye.encode(call: 0, into: &out.gathered) }
        // What was gathered last still goes out: the reason, or an answer of this very tick.
        if let context, let buffer = out.take(context.channel.allocator) {
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        }
        end = reason
        out.discard()
        mounts = [:]
        watches = [:]
        storageCallsInFlight = []
        turns.leaveAll()
        let pending = book.drainAll()
        // The observer first: it must know the reason before the plugin's exit, which follows from
        // the closing, is seen, and whoever is told of the failure and asks again must find the
        // connection gone.
        observer.laneEnded(self, reason)
        context?.close(promise: nil)
        for call in pending { call.fail(inFlightFailure) }
    }
}
