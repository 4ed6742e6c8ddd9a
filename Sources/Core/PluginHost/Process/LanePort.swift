// Where a lane's requests for a plugin go in: straight to the open connection, or into a short
// queue while the process starts.

internal import Kernel
internal import NIOCore
internal import Wire

/// Confined to its event loop, which is what makes it safe to be handed around.
final class LanePort: @unchecked Sendable {
    struct Waiting {
        var request: BackendRequest
        var engine: EngineView
        var then: OutcomeHandler
    }

    private enum State {
        case closed
        case waiting
        case open(LaneConnection)
        case refusing(BackendFailure, until: UInt64)
    }

    let loop: any EventLoop
    private var state = State.closed
    private var queue: [Waiting] = []
    /// Asks for a running process; answered by `open` or `refuse`.
    private let wake: @Sendable () -> Void

    init(loop: any EventLoop, wake: @escaping @Sendable () -> Void) {
        self.loop = loop
        self.wake = wake
    }

    func handle(
        _ request: BackendRequest, for engine: EngineView, then: @escaping OutcomeHandler
    ) {
        switch state {
        case .open(let connection) where connection.isOpen:
            connection.send(request, to: engine, then: then)
        case .waiting:
            wait(Waiting(request: request, engine: engine, then: then))
        case .refusing(let failure, let until) where now < until:
            then(.failure(failure))
        case .closed, .open, .refusing:
            state = .waiting
            wait(Waiting(request: request, engine: engine, then: then))
            wake()
        }
    }

    /// The process runs: what waited is sent.
    func open(_ connection: LaneConnection) {
        guard connection.isOpen else {
            // It ended while the news was on its way: what waits goes on waiting, for the next one.
            if case .waiting = state { wake() } else { state = .closed }
            return
        }
        state = .open(connection)
        for one in takeWaiting() {
            connection.send(one.request, to: one.engine, then: one.then)
        }
    }

    /// The process does not run and will not before `until`.
    func refuse(_ failure: BackendFailure, until: UInt64) {
        let waiting = takeWaiting()
        if case .open(let connection) = state, connection.isOpen { return }
        state = .refusing(failure, until: until)
        for one in waiting { one.then(.failure(failure)) }
    }

    /// What it refused for may not hold any more: the next request is tried.
    func reconsider() {
        if case .refusing = state { state = .closed }
    }

    /// The connection ended; the next request asks for another process.
    func lost(_ connection: LaneConnection) {
        if case .open(connection) = state { state = .closed }
    }

    /// Requests of a mount that have not been sent to anybody; they are the caller's now. On the
    /// loop.
    func takeWaiting(for mount: MountID) -> [Waiting] {
        let taken = queue.filter { $0.engine.id == mount }
        queue.removeAll { $0.engine.id == mount }
        return taken
    }

    /// Requests of a mount that wait or are under way.
    func calls(of mount: MountID) async -> Int {
        await withCheckedContinuation { continuation in
            loop.execute {
                var count = self.queue.count { $0.engine.id == mount }
                if case .open(let connection) = self.state {
                    count += connection.calls(of: mount)
                }
                continuation.resume(returning: count)
            }
        }
    }

    private var now: UInt64 { loop.now.uptimeNanoseconds }

    private func wait(_ one: Waiting) {
        guard queue.count < PluginHostLimits.waitingRequestsPerLane else {
            return one.then(
                .failure(
                    BackendFailure(
                        .unavailable, "too many requests wait for the plugin to start",
                        retryAfterSeconds: PluginHostLimits.shedRetryAfterSeconds)))
        }
        queue.append(one)
    }

    private func takeWaiting() -> [Waiting] {
        defer { queue = [] }
        return queue
    }
}

private func ~= (one: LaneConnection, other: LaneConnection) -> Bool { one === other }
