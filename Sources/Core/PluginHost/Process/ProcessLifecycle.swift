// The life of one plugin process as a value: what happened goes in, what is to be done comes out.
//
//   starting → handshaking → ready → draining → terminating → killed → dead

internal import Kernel

struct ProcessLifecycle {
    enum Phase: Equatable {
        case starting
        case handshaking(waiting: Set<Int>)
        case ready
        case draining(waiting: Set<Int>)
        /// SIGTERM is sent.
        case terminating
        /// SIGKILL is sent.
        case killed
        case dead
    }

    enum Event {
        case spawned
        case spawnFailed(String)
        case laneReady(Int, PluginIdentity)
        case laneEnded(Int, LaneEnd)
        case laneDrained(Int)
        case stop
        case startDeadline
        case drainDeadline
        case exitDeadline
        case terminateDeadline
        case exited(ChildExit)
    }

    enum Action: Equatable {
        case startSucceeded(PluginIdentity)
        case startFailed(EndReason)
        case drainLanes
        case closeLanes
        /// The child's ends are closed: what it said last is read, then the connections end by
        /// themselves.
        case expectLaneEnds
        case armDrainDeadline
        /// It has nothing left to do but to exit.
        case armExitDeadline
        case armTerminateDeadline
        case terminate
        case kill
        case ended(EndReason)
    }

    private(set) var phase = Phase.starting
    private let lanes: Int
    /// What the catalog or the file's name says.
    private let kind: BackendKind?
    private var identity: PluginIdentity?
    /// The first thing that went wrong; what follows from it is not the reason.
    private var cause: EndReason?
    private var startIsAnswered = false

    init(lanes: Int, kind: BackendKind?) {
        self.lanes = lanes
        self.kind = kind
    }

    var isReady: Bool { phase == .ready }
    var isDead: Bool { phase == .dead }

    mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .spawned:
            guard phase == .starting else { return [] }
            phase = .handshaking(waiting: Set(0..<lanes))
            return []
        case .spawnFailed(let text):
            cause = .notSpawned(text)
            return die()
        case .laneReady(let lane, let identity): return laneReady(lane, identity)
        case .laneEnded(let lane, let end): return laneEnded(lane, end)
        case .laneDrained(let lane): return laneDrained(lane)
        case .stop: return stop()
        case .startDeadline:
            switch phase {
            case .starting, .handshaking: return kill(.startDeadline)
            // Not even its end was reported in time: whoever waits for the start need not wait on.
            case .killed: return answerStart(.startDeadline)
            default: return []
            }
        case .drainDeadline, .exitDeadline:
            guard case .draining = phase else { return [] }
            phase = .terminating
            return [.closeLanes, .terminate, .armTerminateDeadline]
        case .terminateDeadline:
            guard phase == .terminating else { return [] }
            phase = .killed
            return [.kill]
        case .exited(let exit):
            guard phase != .dead else { return [] }
            if cause == nil || cause == .lane(.lost) { cause = .exited(exit) }
            return [.expectLaneEnds] + die()
        }
    }

    private mutating func laneReady(_ lane: Int, _ identity: PluginIdentity) -> [Action] {
        guard case .handshaking(var waiting) = phase else { return [] }
        if let known = self.identity, known != identity { return kill(.inconsistentLanes) }
        if let kind, identity.kind != kind { return kill(.wrongKind) }
        self.identity = identity
        waiting.remove(lane)
        guard waiting.isEmpty else {
            phase = .handshaking(waiting: waiting)
            return []
        }
        phase = .ready
        startIsAnswered = true
        return [.startSucceeded(identity)]
    }

    private mutating func laneEnded(_ lane: Int, _ end: LaneEnd) -> [Action] {
        switch phase {
        case .starting, .handshaking, .ready: return kill(.lane(end))
        // While it ends, a connection that ends is what was asked for.
        case .draining: return laneDrained(lane)
        case .terminating, .killed, .dead: return []
        }
    }

    private mutating func laneDrained(_ lane: Int) -> [Action] {
        guard case .draining(var waiting) = phase else { return [] }
        let wasWaiting = waiting.remove(lane) != nil
        phase = .draining(waiting: waiting)
        // Closed connections are a plugin's sign to exit. It may have had long to finish its calls;
        // for that it has not.
        return wasWaiting && waiting.isEmpty ? [.closeLanes, .armExitDeadline] : []
    }

    private mutating func stop() -> [Action] {
        switch phase {
        case .ready:
            cause = .stopped
            phase = .draining(waiting: Set(0..<lanes))
            return [.drainLanes, .armDrainDeadline]
        case .starting, .handshaking: return kill(.stopped)
        default: return []
        }
    }

    /// A process that cannot be trusted to end by itself is not asked to.
    private mutating func kill(_ reason: EndReason) -> [Action] {
        guard phase != .killed, phase != .dead else { return [] }
        if cause == nil { cause = reason }
        phase = .killed
        // A lost connection says little; the exit that follows says why.
        let answer = reason == .lane(.lost) ? [] : answerStart(reason)
        return answer + [.closeLanes, .kill]
    }

    private mutating func die() -> [Action] {
        phase = .dead
        let reason = cause ?? .stopped
        return answerStart(reason) + [.ended(reason)]
    }

    private mutating func answerStart(_ reason: EndReason) -> [Action] {
        guard !startIsAnswered else { return [] }
        startIsAnswered = true
        return [.startFailed(reason)]
    }
}
