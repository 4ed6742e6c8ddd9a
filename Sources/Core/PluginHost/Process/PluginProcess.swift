// One run of a plugin: a child, a connection for each event loop, and the lifecycle that says what
// happens next.

internal import CProcess
internal import Glibc
internal import Kernel
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Wire

final class PluginProcess: Sendable {
    /// How a run is to be made.
    struct Plan: Sendable {
        var executable: PluginExecutable
        /// What it is kept in; `nil` if the sandbox is switched off.
        var sandbox: SandboxPlan?
        /// What the catalog's entry adds to its name and to what the host tells it.
        var words = StartingWords()
        /// What the catalog or the file's name says that it is.
        var kind: BackendKind
        /// It may have database plugins work for its mounts.
        var callsDatabases = false
        var loops: [any EventLoop]
        var thread: ProcessThread
        var timings: HostTimings
        var logger: Logger
        var account: ProcessorAccount
        var refusals: RefusalBook
        /// For messages: `plugin "kv"`.
        var label: String
        /// On the lane's loop.
        var laneLost: @Sendable (LaneConnection) -> Void
        var ended: @Sendable (PluginProcess, EndReason) -> Void
    }

    private struct State {
        var lifecycle: ProcessLifecycle
        var child: ChildProcess?
        var lanes: [LaneConnection] = []
        var startWaiter: CheckedContinuation<Result<PluginIdentity, StartFailure>, Never>?
        /// Known before anyone waited for it: the child ended before its connections were made.
        var startResult: Result<PluginIdentity, StartFailure>?
        /// How long it may take to finish its calls, if not the usual time.
        var drain: TimeAmount?
        var endWaiters: [CheckedContinuation<Void, Never>] = []
    }

    struct StartFailure: Error {
        var reason: EndReason
    }

    private let plan: Plan
    private let state: Mutex<State>

    init(_ plan: Plan) {
        self.plan = plan
        state = Mutex(
            State(
                lifecycle: ProcessLifecycle(
                    lanes: plan.loops.count, kind: plan.kind)))
    }

    var isReady: Bool { state.withLock { $0.lifecycle.isReady } }
    var pid: Int32? { state.withLock { $0.child?.pid } }
    var lanes: [LaneConnection] { state.withLock { $0.lanes } }

    /// Calls in flight, and when the last one went out, for each lane.
    var activity: [(calls: Int, lastAt: UInt64)] {
        get async {
            var result: [(calls: Int, lastAt: UInt64)] = []
            for lane in lanes {
                result.append(
                    await withCheckedContinuation { continuation in
                        lane.loop.execute {
                            continuation.resume(returning: (lane.callsInFlight, lane.lastCallAt))
                        }
                    })
            }
            return result
        }
    }

    /// When the last request of a client went out; 0 for none.
    var lastRequestAt: UInt64 {
        lanes.map { $0.lastRequestAt.load(ordering: .relaxed) }.max() ?? 0
    }

    /// Spawns the child and waits for its handshake on every lane.
    func start() async -> Result<PluginIdentity, StartFailure> {
        let spawned = await plan.thread.spawn(
            plan.executable, plan.words, lanes: plan.loops.count, sandbox: plan.sandbox,
            account: plan.account, refusals: plan.refusals, logger: plan.logger
        ) { [self] exit in receive(.exited(exit)) }
        switch spawned {
        case .failure(let error):
            receive(.spawnFailed(error.message))
            return .failure(StartFailure(reason: .notSpawned(error.message)))
        case .success(let child):
            return await withCheckedContinuation { continuation in
                let early = state.withLock { state in
                    state.child = child.process
                    if state.startResult == nil { state.startWaiter = continuation }
                    return state.startResult
                }
                if let early {
                    for socket in child.laneSockets { close(socket) }
                    continuation.resume(returning: early)
                } else {
                    connect(child.laneSockets)
                }
            }
        }
    }

    /// Lets it finish its calls, then ends it; returns when it is gone.
    func stop(drainingFor drain: TimeAmount? = nil) async {
        beginStop(drainingFor: drain)
        await waitForEnd()
    }

    /// It takes no further calls when this returns.
    func beginStop(drainingFor drain: TimeAmount? = nil) {
        if let drain { state.withLock { $0.drain = drain } }
        receive(.stop)
    }

    private func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let isDead = state.withLock { state in
                if state.lifecycle.isDead { return true }
                state.endWaiters.append(continuation)
                return false
            }
            if isDead { continuation.resume() }
        }
    }

    private func connect(_ sockets: [Int32]) {
        receive(.spawned)
        arm(.startDeadline, plan.timings.start)
        for (lane, socket) in sockets.enumerated() {
            let loop = plan.loops[lane]
            let connection = LaneConnection(
                lane: lane, loop: loop, timings: plan.timings, label: plan.label,
                logger: plan.logger, refusals: plan.refusals, observer: self,
                callsDatabases: plan.callsDatabases)
            state.withLock { $0.lanes.append(connection) }
            plan.account.opened(connection)
            ClientBootstrap(group: loop)
                .channelOption(
                    .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 64 * 1024)
                )
                .channelOption(.maxMessagesPerRead, value: 16)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(connection)
                    }
                }
                .withConnectedSocket(socket)
                .whenFailure { [weak self] _ in self?.receive(.laneEnded(lane, .lost)) }
        }
    }

    // MARK: Lifecycle

    private func receive(_ event: ProcessLifecycle.Event) {
        let actions = state.withLock { $0.lifecycle.handle(event) }
        for action in actions { perform(action) }
    }

    private func perform(_ action: ProcessLifecycle.Action) {
        switch action {
        case .startSucceeded(let identity): answerStart(.success(identity))
        case .startFailed(let reason): answerStart(.failure(StartFailure(reason: reason)))
        case .drainLanes: onLanes { $0.drain() }
        case .closeLanes: onLanes { $0.close() }
        case .expectLaneEnds:
            for lane in lanes {
                lane.loop.execute { lane.takeNoMore() }
                // Something that it started may still hold the other end.
                lane.loop.scheduleTask(in: plan.timings.lastWords) { lane.close(.lost) }
            }
        case .armDrainDeadline:
            arm(.drainDeadline, state.withLock { $0.drain } ?? plan.timings.drain)
        case .armExitDeadline: arm(.exitDeadline, plan.timings.drain)
        case .armTerminateDeadline: arm(.terminateDeadline, plan.timings.terminate)
        case .terminate: state.withLock { $0.child }?.signal(SIGTERM)
        case .kill:
            // The group first, for what the plugin started; the descriptor for the plugin itself,
            // whatever group it made.
            let child = state.withLock { $0.child }
            child?.killGroup()
            child?.signal(SIGKILL)
        case .ended(let reason):
            let waiters = state.withLock { state in
                defer { state.endWaiters = [] }
                return state.endWaiters
            }
            plan.ended(self, reason)
            for waiter in waiters { waiter.resume() }
        }
    }

    private func answerStart(_ result: Result<PluginIdentity, StartFailure>) {
        let waiter = state.withLock { state in
            defer { state.startWaiter = nil }
            if state.startResult == nil { state.startResult = result }
            return state.startWaiter
        }
        waiter?.resume(returning: result)
    }

    private func onLanes(_ body: @escaping @Sendable (LaneConnection) -> Void) {
        for lane in lanes { lane.loop.execute { body(lane) } }
    }

    private func arm(_ event: ProcessLifecycle.Event, _ delay: TimeAmount) {
        plan.loops[0].scheduleTask(in: delay) { [weak self] in self?.receive(event) }
    }
}

extension PluginProcess: LaneObserver {
    func laneReady(_ lane: Int, _ identity: PluginIdentity) { receive(.laneReady(lane, identity)) }

    func laneAsksToDrain(_ lane: Int) { receive(.stop) }

    func laneDrained(_ lane: Int) { receive(.laneDrained(lane)) }

    func laneEnded(_ lane: LaneConnection, _ end: LaneEnd) {
        receive(.laneEnded(lane.lane, end))
        plan.account.closed(lane)
        plan.laneLost(lane)
    }
}

// MARK: Mounts

extension PluginProcess {
    /// Gives the mount to the plugin on every lane; the first lane's declarations count.
    func mount(_ spec: MountSpec, storage: MountStorage) async throws(BackendFailure) -> MountReply
    {
        let replies = await withTaskGroup(
            of: (Int, Result<MountReply, BackendFailure>).self
        ) { group in
            for connection in lanes {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        connection.loop.execute {
                            connection.mount(spec, storage: storage) {
                                continuation.resume(returning: (connection.lane, $0))
                            }
                        }
                    }
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        var first: MountReply?
        for lane in replies.keys.sorted() {
            guard let result = replies[lane] else { continue }
            let reply = try result.get()
            if let failure = reply.error { throw BackendFailure(failure) }
            if first == nil { first = reply }
        }
        guard let first else {
            throw BackendFailure(.unavailable, "\(plan.label) has no connection")
        }
        return first
    }

    func unmount(_ id: MountID) async {
        await withTaskGroup(of: Void.self) { group in
            for connection in lanes {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        connection.loop.execute {
                            connection.unmount(id) { continuation.resume() }
                        }
                    }
                }
            }
        }
    }

    /// One request on the first lane that no client waits for. It goes out before anything that is
    /// sent to the lane after this returns.
    func post(_ request: BackendRequest, to engine: EngineView, then: @escaping OutcomeHandler) {
        guard let connection = lanes.first else {
            return then(
                .failure(BackendFailure(.unavailable, "\(plan.label) has no connection")))
        }
        connection.loop.execute { connection.send(request, to: engine, then: then) }
    }
}
