// Sends one request over a connection of its own and waits for the answer. A command makes two or
// three requests in its life, so nothing is pooled; every resource lives in this scope.

import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

enum HTTPTransport {
    static let maxConnectMilliseconds: Int64 = 30_000

    static func send(
        _ call: HTTPCall, to address: ServerAddress, tls: TLSSettings, timeoutMilliseconds: Int?,
        each: (@Sendable ([UInt8]) -> Void)? = nil
    ) async throws(TransportError) -> HTTPAnswer {
        let context = try address.isTLS ? TLSContext.make(tls) : nil
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let result: Result<HTTPAnswer, any Error>
        do {
            result = .success(
                try await exchange(
                    call, address: address, context: context, serverName: tls.serverName,
                    timeout: timeoutMilliseconds.map { .milliseconds(Int64($0)) }, each: each,
                    on: group.any()))
        } catch {
            result = .failure(error)
        }
        try? await group.shutdownGracefully()
        switch result {
        case .success(let answer): return answer
        case .failure(let error): throw TransportError(error, call: call, address: address)
        }
    }

    private static func exchange(
        _ call: HTTPCall, address: ServerAddress, context: NIOSSLContext?, serverName: String?,
        timeout: TimeAmount?, each: (@Sendable ([UInt8]) -> Void)?, on loop: any EventLoop
    ) async throws -> HTTPAnswer {
        let promise = loop.makePromise(of: HTTPAnswer.self)
        let alarm = timeout.map { timeout in
            loop.scheduleTask(in: timeout) { promise.fail(TransportFailure.timedOut) }
        }
        defer { alarm?.cancel() }

        let longest = TimeAmount.milliseconds(maxConnectMilliseconds)
        let connectTimeout = min(timeout ?? longest, longest)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(connectTimeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context {
                        let name = serverName ?? address.hostName
                        try pipeline.addHandler(TLSContext.handler(context, serverName: name))
                    }
                    try pipeline.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
                    try pipeline.addHandler(
                        AnswerCollector(call: call, each: each, promise: promise))
                }
            }
        let connecting =
            switch address.place {
            case .host(let host, let port): bootstrap.connect(host: host, port: port)
            case .unixSocket(let path): bootstrap.connect(unixDomainSocketPath: path)
            }
        connecting.whenFailure { promise.fail($0) }
        promise.futureResult.whenComplete { _ in
            connecting.whenSuccess { $0.close(promise: nil) }
        }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            promise.fail(CancellationError())
        }
    }
}

extension ServerAddress {
    var hostName: String? {
        if case .host(let host, _) = place { host } else { nil }
    }
}
