// The listeners of the server, from opening to the orderly end.

public import Kernel
public import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Serves a `RequestHandler` on any number of addresses.
///
/// Opening, reloading and stopping are control paths and use async/await; requests never do.
public final class HTTPServer: Sendable {
    private let lanes: Lanes
    private let handler: any RequestHandler
    private let logger: Logger
    let connections: [LaneConnections]
    private let listeners = Mutex<[Listener]>([])

    /// - Parameter lanes: the event loops, which the caller owns and shuts down after `stop`.
    public init(lanes: Lanes, handler: any RequestHandler, logger: Logger) {
        self.lanes = lanes
        self.handler = handler
        self.logger = logger
        self.connections = lanes.loops.enumerated().map {
            LaneConnections(loop: $0.element, lane: $0.offset)
        }
    }

    /// Opens a listener and gives the address it is bound to, with the port that the system chose.
    @discardableResult
    public func listen(_ configuration: ListenerConfiguration) async throws -> ListenerAddress {
        let listener = try await Listener.open(
            configuration, lanes: lanes, connections: connections, handler: handler, logger: logger)
        listeners.withLock { $0.append(listener) }
        logger.info(
            "listening",
            metadata: [
                "address": "\(listener.address)", "tls": "\(configuration.tls != nil)",
            ])
        return listener.address
    }

    /// Reads the certificates of all listeners again.
    ///
    /// New connections get the new ones. A listener whose files cannot be read keeps what it has;
    /// the errors say which.
    public func reloadCertificates() -> [ListenerError] {
        listeners.withLock { $0 }.compactMap { listener in
            do throws(ListenerError) {
                try listener.certificates?.reload()
                return nil
            } catch {
                logger.error(
                    "certificate not reloaded, the one before stays in use",
                    metadata: ["address": "\(listener.address)", "reason": "\(error.message)"])
                return error
            }
        }
    }

    /// From now on the listener that is bound to this address shows the certificate to new
    /// connections; open ones are not touched. On an error it keeps what it has.
    public func install(
        _ identity: ServerIdentity, at address: ListenerAddress
    ) throws(ListenerError) {
        try store(at: address)?.install(identity)
    }

    /// The listener goes back to the certificate of its configuration.
    public func restoreCertificate(at address: ListenerAddress) throws(ListenerError) {
        try store(at: address)?.restore()
    }

    /// The certificates in use, by the addresses that their listeners are bound to.
    public var certificates: [(address: ListenerAddress, facts: CertificateFacts)] {
        listeners.withLock { $0 }.compactMap { listener in
            listener.certificates?.facts.map { (listener.address, $0) }
        }
    }

    private func store(at address: ListenerAddress) -> CertificateStore? {
        listeners.withLock { $0 }.first { $0.address == address }?.certificates
    }

    /// Takes over the headers that a listener at this configured address adds to answers, for new
    /// connections.
    public func replaceCustomHeaders(_ headers: CustomHeaders, at address: ListenerAddress) {
        for listener in listeners.withLock({ $0 }) where listener.configuredAddress == address {
            listener.customHeaders.replace(headers)
        }
    }

    var customHeaderNames: Set<String> {
        listeners.withLock { $0 }.reduce(into: []) {
            $0.formUnion($1.customHeaders.current?.names ?? [])
        }
    }

    /// Stops accepting, closes idle connections, lets requests in flight finish within the grace,
    /// then closes the rest. A stopped server is not started again.
    public func stop(graceSeconds: Int) async {
        let open = listeners.withLock { listeners in
            defer { listeners = [] }
            return listeners
        }
        for listener in open { await listener.close() }
        let graceIsOver = connections.map { lane in
            lane.loop.scheduleTask(in: .seconds(Int64(max(graceSeconds, 0)))) { lane.closeAll() }
        }
        // All lanes first, then the waiting: a busy one must not keep the idle connections of the
        // next.
        let drained = connections.map { lane in lane.loop.flatSubmit { lane.drain() } }
        for lane in drained { try? await lane.get() }
        for timer in graceIsOver { timer.cancel() }
    }
}
