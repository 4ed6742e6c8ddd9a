import Glibc
import Testing
import Wire

@Suite(.blocking) struct EndTests {
    private let id = MountID(high: 0xC0, low: 0xFF)

    /// A conversation on two lanes with everything open that can be: requests whose storage calls
    /// are held back.
    private func busy(_ mount: ConformanceMount) throws -> (Conversation, [CallID]) {
        let conversation = try Conversation(try Host(mount.plugin, lanes: 2))
        let reply = try conversation.mount(id, options: mount.options)
        conversation.desk.behaviour = .withheld
        let calls = try DerivedRequest.all(reply.routes).enumerated().map {
            conversation.call(
                .request($1.request(id, data: $1.markedData)), lane: $0 % 2)
        }
        try conversation.settle()
        return (conversation, calls)
    }

    private func checkEnd(_ conversation: Conversation, _ calls: [CallID]) throws {
        for call in calls {
            let code = try conversation.response(to: call).failure?.code
            #expect(code != .unavailable && code != .cancelled)
        }
        for lane in [0, 1] { #expect(conversation.closes[lane]?.reason == .goingAway) }
        #expect(conversation.violations == [])
        #expect(conversation.host.process.ending() == .exited(0))
    }

    @Test("ping is answered by pong on each lane", arguments: ConformancePlugin.all)
    func ping(_ plugin: ConformancePlugin) throws {
        let host = try Host(plugin, lanes: 2)
        try host.greetAll()
        for call in [1, 3, UInt64.max] {
            #expect(try host.ping(lane: 0, call: call) && host.ping(lane: 1, call: call))
        }
    }

    @Test(
        "drain finishes what is open, storage calls included, and then goes away",
        arguments: ConformanceMount.all)
    func drain(_ mount: ConformanceMount) throws {
        let (conversation, calls) = try busy(mount)
        let parked = conversation.desk.parked
        for lane in [0, 1] { conversation.host.send(.drain, lane: lane) }
        if !parked.isEmpty { #expect(conversation.ended.count < 2) }
        conversation.release()
        try conversation.wait { conversation.ended.count == 2 }
        try checkEnd(conversation, calls)
    }

    @Test(
        "SIGTERM asks for the drain, serves until the host agrees, and ends in order",
        arguments: ConformanceMount.all)
    func terminate(_ mount: ConformanceMount) throws {
        var (conversation, calls) = try busy(mount)
        conversation.host.process.signal(SIGTERM)
        try conversation.wait { conversation.drainRequests.count == 2 }
        let late = EngineRequest(mount: id, operation: 7, path: [])
        calls += [0, 1].map { conversation.call(.request(late), lane: $0) }
        _ = try conversation.responses(to: Array(calls.suffix(2)))
        for lane in [0, 1] { conversation.host.send(.drain, lane: lane) }
        conversation.release()
        try conversation.wait { conversation.ended.count == 2 }
        try checkEnd(conversation, calls)
    }

    @Test("the terminal's SIGINT is not for the plugin", arguments: ConformancePlugin.all)
    func interrupt(_ plugin: ConformancePlugin) throws {
        let host = try Host(plugin, lanes: 1)
        try host.greetAll()
        host.process.signal(SIGINT)
        #expect(try host.ping())
        host.endWriting()
        #expect(host.process.ending() == .exited(0))
    }

    @Test(
        "the end of one lane leaves the others, the end of all ends the process with 0",
        arguments: ConformancePlugin.all)
    func endOfLanes(_ plugin: ConformancePlugin) throws {
        let host = try Host(plugin, lanes: 3)
        try host.greetAll()
        host.lanes[0].endWriting()
        guard case .ended(lane: 0) = try host.next(0) else {
            Issue.record("the plugin keeps its end of a lane that is over")
            return
        }
        #expect(try host.ping(lane: 1) && host.ping(lane: 2))
        host.endWriting()
        #expect(host.process.ending() == .exited(0))
    }

    @Test("the host's end ends the process, whatever is open", arguments: ConformanceMount.all)
    func endWithCalls(_ mount: ConformanceMount) throws {
        let (conversation, _) = try busy(mount)
        conversation.host.endWriting()
        #expect(conversation.host.process.ending() == .exited(0))
    }

    @Test(
        "started by hand it explains itself and exits with 2",
        arguments: ConformancePlugin.all,
        [[], ["COFFER_PLUGIN_LANES="], ["COFFER_PLUGIN_LANES=0"], ["COFFER_PLUGIN_LANES=4"]])
    func byHand(_ plugin: ConformancePlugin, _ environment: [String]) throws {
        let (process, sockets) = try ChildProcess.start(plugin, lanes: 1, environment: environment)
        defer { for socket in sockets { close(socket) } }
        #expect(process.ending() == .exited(2))
        let text = String(decoding: process.log, as: UTF8.self)
        #expect(text.contains("plugin of Coffer") && text.contains("enable"))
    }
}
