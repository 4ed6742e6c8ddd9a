// The connections of one lane: their deadlines, and their end when the server stops.

internal import Kernel
internal import NIOCore

/// Confined to its event loop.
///
/// Deadlines are whole seconds on a clock that ticks while there are connections: setting one is a
/// store, where a timer of its own for each request would be a heap operation, and an idle server
/// is never woken.
final class LaneConnections: @unchecked Sendable {
    let loop: any EventLoop
    let lane: Int
    private(set) var nowSeconds = 0
    private var open: [ObjectIdentifier: ConnectionHandler] = [:]
    private var clock: RepeatedTask?
    private(set) var isDraining = false
    private var whenEmpty: EventLoopPromise<Void>?

    init(loop: any EventLoop, lane: Int) {
        self.loop = loop
        self.lane = lane
    }

    var count: Int { open.count }

    var inFlightRequests: [InFlightRequest] { open.values.compactMap(\.inFlightRequest) }

    func add(_ connection: ConnectionHandler) {
        open[ObjectIdentifier(connection)] = connection
        guard clock == nil else { return }
        clock = loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) {
            [unowned self] _ in tick()
        }
    }

    func remove(_ connection: ConnectionHandler) {
        open[ObjectIdentifier(connection)] = nil
        guard open.isEmpty else { return }
        clock?.cancel()
        clock = nil
        whenEmpty?.succeed()
        whenEmpty = nil
    }

    private func tick() {
        nowSeconds += 1
        for connection in open.values where connection.deadlineSecond <= nowSeconds {
            connection.deadlinePassed()
        }
    }

    /// Closes idle connections and lets the others finish; the future is fulfilled when none is
    /// left.
    func drain() -> EventLoopFuture<Void> {
        isDraining = true
        guard !open.isEmpty else { return loop.makeSucceededVoidFuture() }
        let promise = whenEmpty ?? loop.makePromise(of: Void.self)
        whenEmpty = promise
        for connection in Array(open.values) { connection.drain() }
        return promise.futureResult
    }

    func closeAll() {
        for connection in Array(open.values) { connection.sever() }
    }
}
