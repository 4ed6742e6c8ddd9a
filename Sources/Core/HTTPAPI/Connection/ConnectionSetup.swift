// The handlers of a new connection, in their order.

internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

struct ConnectionSetup: Sendable {
    let settings: ConnectionSettings
    let connections: [LaneConnections]
    let certificates: CertificateStore?
    let limiter: ConnectionLimiter
    let customHeaders: CustomHeaderStore

    func initialize(_ channel: any Channel) -> EventLoopFuture<Void> {
        let loop = channel.eventLoop
        guard let lane = connections.first(where: { $0.loop === loop }) else {
            return loop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        guard limiter.enter() else {
            return loop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        let limiter = limiter
        channel.closeFuture.whenComplete { _ in limiter.leave() }
        do {
            try addHandlers(to: channel.pipeline.syncOperations, lane)
        } catch {
            return loop.makeFailedFuture(error)
        }
        return loop.makeSucceededVoidFuture()
    }

    /// `[detector, TLS,] gate, decoder, connection`; answers are written as bytes and need no
    /// encoder.
    func addHandlers(
        to pipeline: ChannelPipeline.SynchronousOperations, _ lane: LaneConnections
    ) throws {
        if let certificates {
            try pipeline.addHandler(PlainHTTPDetector())
            try pipeline.addHandler(NIOSSLServerHandler(context: certificates.context))
        }
        var settings = settings
        settings.customHeaders = customHeaders.current
        let connection = ConnectionHandler(settings: settings, lane: lane)
        let gate = RequestGate(connection: connection, limits: settings.limits)
        connection.attach(gate)
        var decoderLimits = NIOHTTPDecoderLimitConfiguration()
        decoderLimits.maxHeaderFieldSize = settings.limits.maxHeadBytes
        decoderLimits.maxHeaderListSize = settings.limits.maxHeadBytes
        try pipeline.addHandlers(
            gate,
            ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: decoderLimits)),
            connection)
    }
}
