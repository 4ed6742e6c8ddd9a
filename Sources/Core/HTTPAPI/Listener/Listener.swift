// One open listening socket, and how its connections are set up.

internal import Glibc
internal import Kernel
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// A bound address that accepts connections until it is closed.
struct Listener: Sendable {
    let address: ListenerAddress
    /// As it was configured: with port 0 it is another one than `address`.
    let configuredAddress: ListenerAddress
    let certificates: CertificateStore?
    let customHeaders: CustomHeaderStore
    private let channel: any Channel
    private let socketFile: UnixSocket?

    static func open(
        _ configuration: ListenerConfiguration, lanes: Lanes, connections: [LaneConnections],
        handler: any RequestHandler, logger: Logger
    ) async throws(ListenerError) -> Listener {
        var certificates: CertificateStore?
        if let tls = configuration.tls { certificates = try CertificateStore(tls) }
        let customHeaders = CustomHeaderStore(configuration.customHeaders)
        let setup = ConnectionSetup(
            settings: ConnectionSettings(
                handler: handler, limits: configuration.limits,
                requiresRequestHeader: configuration.requiresRequestHeader,
                isTLS: certificates != nil,
                maxRequestSeconds: configuration.maxRequestSeconds,
                permissions: configuration.permissions),
            connections: connections, certificates: certificates,
            limiter: ConnectionLimiter(
                maxConnections: configuration.limits.maxConnections,
                address: "\(configuration.address)", logger: logger),
            customHeaders: customHeaders)
        let bootstrap = ServerBootstrap(group: lanes.group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // A client may close its side after the request and still wait for the answer. TLS has
            // an end of its own.
            .childChannelOption(.allowRemoteHalfClosure, value: certificates == nil)
            .childChannelInitializer { channel in setup.initialize(channel) }
        switch configuration.address {
        case .tcp(let host, let port):
            let channel = try await bind(bootstrap, host, port)
            let bound = ListenerAddress.tcp(host: host, port: channel.localAddress?.port ?? port)
            return Listener(
                address: bound, configuredAddress: configuration.address,
                certificates: certificates, customHeaders: customHeaders, channel: channel,
                socketFile: nil)
        case .unix(let path, let permissions):
            let file = try UnixSocket(path: path, permissions: permissions)
            return Listener(
                address: configuration.address, configuredAddress: configuration.address,
                certificates: certificates, customHeaders: customHeaders,
                channel: try await listen(bootstrap, file), socketFile: file)
        }
    }

    private static func bind(
        _ bootstrap: ServerBootstrap, _ host: String, _ port: Int
    ) async throws(ListenerError) -> any Channel {
        do {
            return
                try await bootstrap
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .bind(host: host, port: port).get()
        } catch {
            throw failure(error, "\(ListenerAddress.tcp(host: host, port: port))")
        }
    }

    private static func listen(
        _ bootstrap: ServerBootstrap, _ file: UnixSocket
    ) async throws(ListenerError) -> any Channel {
        do {
            return try await bootstrap.withBoundSocket(file.descriptor).get()
        } catch {
            file.removeFile()
            throw failure(error, file.path)
        }
    }

    private static func failure(_ error: any Error, _ address: String) -> ListenerError {
        guard let system = error as? IOError else {
            return ListenerError(.invalidAddress, "cannot listen on \(address): \(error)")
        }
        let code: ListenerError.Code =
            switch system.errnoCode {
            case EADDRINUSE: .addressInUse
            case EADDRNOTAVAIL: .addressNotAvailable
            case EACCES, EPERM: .permissionDenied
            default: .io
            }
        return ListenerError(
            code, "cannot listen on \(address): \(SystemError.text(system.errnoCode))")
    }

    func close() async {
        try? await channel.close()
        socketFile?.removeFile()
    }
}
