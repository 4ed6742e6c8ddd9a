// One connection: its requests one after the other, each from its head to its answer.

internal import Kernel
internal import NIOCore
internal import NIOHTTP1

/// Last handler of the pipeline.
///
/// Confined to its event loop; `answer` is the one entry for other threads and hops over. Its parts
/// are in the files `ConnectionHandler+…`: requests, answers, endings.
final class ConnectionHandler: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    enum State {
        case awaitingHead
        case receiving
        /// The request is refused; its body is let pass so that the connection stays usable.
        case receivingRefused(Refusal)
        /// With the core.
        case answering
        case answered
        /// Sends what a stream gives, as fast as the client takes it.
        case streaming(any ResponseStream)
        /// The last answer is on its way out and nothing more is read.
        case closing
    }

    let settings: ConnectionSettings
    let lane: LaneConnections
    /// Does not own this handler in turn.
    private(set) var gate: RequestGate?
    var context: ChannelHandlerContext?
    var remoteAddress = ""
    var remotePort = 0

    var state = State.awaitingHead
    var head: RequestHead?
    var body = RequestBody.empty
    /// What the core has on hand of this connection.
    var inFlight: InFlightNote?
    /// What a rate limit and CORS add to the answer.
    var addedHeaders: [(name: String, value: String)] = []
    var isHead = false
    var isHTTP10 = false
    var keepsAlive = true
    /// The client has closed its side: what it has sent is answered, and nothing more comes.
    var inputHasEnded = false
    /// Counts requests, so that an answer that comes twice or too late hits no later request.
    var sequence: UInt64 = 0
    var hasUnflushed = false
    var bytesWaitingAtDeadline = 0
    var deadlineSecond = Int.max

    init(settings: ConnectionSettings, lane: LaneConnections) {
        self.settings = settings
        self.lane = lane
    }

    func attach(_ gate: RequestGate) { self.gate = gate }
}

extension ConnectionHandler {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func begin(_ context: ChannelHandlerContext) {
        let peer = context.channel.remoteAddress
        remoteAddress = peer?.ipAddress ?? ""
        remotePort = remoteAddress.isEmpty ? 0 : peer?.port ?? 0
        setDeadline(settings.limits.headTimeoutSeconds)
        lane.add(self)
        if lane.isDraining { cut() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        self.context = nil
    }

    func end() {
        if case .streaming(let stream) = state { stream.close() }
        state = .closing
        head = nil
        body = .empty
        gate?.framer.stop()
        lane.remove(self)
    }
}
