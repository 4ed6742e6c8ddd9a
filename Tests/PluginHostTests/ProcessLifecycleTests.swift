import Kernel
import Testing
import Wire

@testable import PluginHost

@Suite struct ProcessLifecycleTests {
    private func identity(_ name: String = "kv", _ type: PluginType = .secret) throws
        -> PluginIdentity
    {
        try PluginIdentity(HelloReply(name: name, version: "1", type: type))
    }

    private func ready(lanes: Int = 2) throws -> ProcessLifecycle {
        var life = ProcessLifecycle(lanes: lanes, kind: nil)
        _ = life.handle(.spawned)
        for lane in 0..<lanes { _ = life.handle(.laneReady(lane, try identity())) }
        return life
    }

    @Test("it is ready when every lane has shaken hands, and not before")
    func readyAfterAllLanes() throws {
        var life = ProcessLifecycle(lanes: 2, kind: .secret)
        #expect(life.handle(.spawned) == [])
        #expect(life.handle(.laneReady(0, try identity())) == [])
        #expect(!life.isReady)
        #expect(life.handle(.laneReady(1, try identity())) == [.startSucceeded(try identity())])
        #expect(life.isReady)
    }

    @Test("a handshake that takes too long ends with SIGKILL and the deadline as its reason")
    func startDeadline() {
        var life = ProcessLifecycle(lanes: 1, kind: nil)
        _ = life.handle(.spawned)
        #expect(
            life.handle(.startDeadline) == [.startFailed(.startDeadline), .closeLanes, .kill])
        // The signal that our own SIGKILL shows as is not the reason.
        #expect(life.handle(.exited(.signal(9))) == [.expectLaneEnds, .ended(.startDeadline)])
    }

    @Test("the start deadline means nothing to a process that is ready")
    func startDeadlineAfterReady() throws {
        var life = try ready()
        #expect(life.handle(.startDeadline) == [])
        #expect(life.isReady)
    }

    @Test("a process that exits during the handshake fails its start with the exit code")
    func exitsWhileStarting() {
        var life = ProcessLifecycle(lanes: 1, kind: nil)
        _ = life.handle(.spawned)
        #expect(life.handle(.laneEnded(0, .lost)) == [.closeLanes, .kill])
        #expect(
            life.handle(.exited(.code(3))) == [
                .expectLaneEnds, .startFailed(.exited(.code(3))), .ended(.exited(.code(3))),
            ])
        #expect(life.isDead)
    }

    @Test("lanes that give different names are not one plugin")
    func inconsistentLanes() throws {
        var life = ProcessLifecycle(lanes: 2, kind: nil)
        _ = life.handle(.spawned)
        _ = life.handle(.laneReady(0, try identity("kv")))
        #expect(
            life.handle(.laneReady(1, try identity("transit"))) == [
                .startFailed(.inconsistentLanes), .closeLanes, .kill,
            ])
    }

    @Test("a secrets engine in an auth method's file is not started")
    func wrongKind() throws {
        var life = ProcessLifecycle(lanes: 1, kind: .auth)
        _ = life.handle(.spawned)
        #expect(
            life.handle(.laneReady(0, try identity())) == [
                .startFailed(.wrongKind), .closeLanes, .kill,
            ])
    }

    @Test("one broken lane ends the process, whose other lanes cannot be trusted either")
    func brokenLane() throws {
        var life = try ready()
        let end = LaneEnd.malformed(.invalidCall, "x")
        #expect(life.handle(.laneEnded(1, end)) == [.closeLanes, .kill])
        #expect(life.handle(.laneEnded(0, .closedByHost)) == [])
        #expect(life.handle(.exited(.signal(9))) == [.expectLaneEnds, .ended(.lane(end))])
    }

    @Test("a stop drains all lanes, then closes them, and a process that exits needs no signal")
    func drains() throws {
        var life = try ready()
        #expect(life.handle(.stop) == [.drainLanes, .armDrainDeadline])
        #expect(life.handle(.laneDrained(0)) == [])
        #expect(life.handle(.laneDrained(0)) == [])
        #expect(life.handle(.laneDrained(1)) == [.closeLanes, .armExitDeadline])
        #expect(life.handle(.exited(.code(0))) == [.expectLaneEnds, .ended(.stopped)])
        #expect(life.handle(.drainDeadline) == [])
        #expect(life.handle(.exitDeadline) == [])
    }

    @Test("a process that has nothing left to do and stays gets SIGTERM, however long it had")
    func doesNotExit() throws {
        var life = try ready(lanes: 1)
        _ = life.handle(.stop)
        _ = life.handle(.laneDrained(0))
        #expect(life.handle(.exitDeadline) == [.closeLanes, .terminate, .armTerminateDeadline])
        #expect(life.handle(.drainDeadline) == [])
        #expect(life.handle(.terminateDeadline) == [.kill])
    }

    @Test("a process that does not drain gets SIGTERM, then SIGKILL")
    func teardownSteps() throws {
        var life = try ready()
        _ = life.handle(.stop)
        #expect(
            life.handle(.drainDeadline) == [.closeLanes, .terminate, .armTerminateDeadline])
        #expect(life.handle(.terminateDeadline) == [.kill])
        #expect(life.handle(.exited(.signal(9))) == [.expectLaneEnds, .ended(.stopped)])
    }

    @Test("a stop during the handshake ends it at once")
    func stopWhileStarting() {
        var life = ProcessLifecycle(lanes: 1, kind: nil)
        _ = life.handle(.spawned)
        #expect(life.handle(.stop) == [.startFailed(.stopped), .closeLanes, .kill])
    }

    @Test(
        "in whatever order things happen, the start is answered once at most and the end once"
    )
    func eventsInAnyOrder() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            var life = ProcessLifecycle(lanes: 2, kind: nil)
            var starts = 0
            var ends = 0
            for _ in 0..<12 {
                let events: [ProcessLifecycle.Event] = [
                    .spawned, .laneReady(0, try identity()), .laneReady(1, try identity()),
                    .laneEnded(0, .lost), .laneEnded(1, .hung), .laneDrained(0), .laneDrained(1),
                    .stop, .startDeadline, .drainDeadline, .exitDeadline, .terminateDeadline,
                    .exited(.code(0)), .exited(.signal(11)),
                ]
                for action in life.handle(events[Int.random(in: events.indices, using: &random)]) {
                    switch action {
                    case .startSucceeded, .startFailed: starts += 1
                    case .ended: ends += 1
                    default: break
                    }
                }
            }
            #expect(starts <= 1)
            #expect(ends <= 1)
            #expect(ends == (life.isDead ? 1 : 0))
        }
    }
}
