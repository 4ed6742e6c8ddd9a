// Drain, signals and the end of lanes: what is open is finished, and then the process ends.

import Glibc
import Wire

extension Case {
    static let end = [ping, drain, terminate, interrupt, endOfLanes, endWithCalls]

    /// A conversation on two lanes with everything open that can be: requests whose storage calls
    /// are held back.
    private static func busy(
        _ subject: Subject, _ findings: Findings
    ) throws -> (Conversation, [CallID]) {
        let mount = try TriedMount(subject, findings, lanes: 2)
        let conversation = mount.conversation
        conversation.desk.behaviour = .withheld
        let calls = mount.requests.enumerated().map {
            conversation.call(
                .request($1.request(.tried, data: $1.markedData)), lane: $0 % 2)
        }
        try conversation.settle()
        return (conversation, calls)
    }

    private static func checkEnd(
        _ conversation: Conversation, _ calls: [CallID], _ findings: Findings
    ) throws {
        for call in calls {
            let code = try conversation.response(to: call).failure?.code
            findings.expect(
                code != .unavailable && code != .cancelled,
                else: "a call that was open is answered by \(text(code))")
        }
        for lane in [0, 1] {
            let reason = conversation.closes[lane]?.reason
            findings.expect(
                reason == .goingAway,
                else: "a lane ends by close \(reason.map { "\($0)" } ?? "that was not sent")")
        }
        findings.expectEnding(conversation.host.process, .exited(0), .start)
    }

    private static let ping = Case(
        "ping is answered by pong on each lane", .end, .calls, scope: .program
    ) { subject, findings in
        let host = try Host(subject, lanes: 2)
        try host.greetAll()
        for call in [1, 3, UInt64.max] {
            for lane in [0, 1] {
                findings.expect(
                    try host.ping(lane: lane, call: call), else: "ping \(call) has no pong")
            }
        }
    }

    private static let drain = Case(
        "drain finishes what is open, storage calls included, and then goes away",
        .end, .drainAndClose
    ) { subject, findings in
        let (conversation, calls) = try busy(subject, findings)
        let parked = conversation.desk.parked
        for lane in [0, 1] { conversation.host.send(.drain, lane: lane) }
        if !parked.isEmpty {
            findings.expect(
                conversation.ended.count < 2, else: "the lanes end before the open calls do")
        }
        conversation.release()
        try conversation.wait { conversation.ended.count == 2 }
        try checkEnd(conversation, calls, findings)
    }

    private static let terminate = Case(
        "SIGTERM asks for the drain, serves until the host agrees, and ends in order",
        .end, .drainAndClose
    ) { subject, findings in
        var (conversation, calls) = try busy(subject, findings)
        conversation.host.process.signal(SIGTERM)
        try conversation.wait { conversation.drainRequests.count == 2 }
        let late = EngineRequest(mount: .tried, operation: 7, path: [])
        calls += [0, 1].map { conversation.call(.request(late), lane: $0) }
        _ = try conversation.responses(to: Array(calls.suffix(2)))
        for lane in [0, 1] { conversation.host.send(.drain, lane: lane) }
        conversation.release()
        try conversation.wait { conversation.ended.count == 2 }
        try checkEnd(conversation, calls, findings)
    }

    private static let interrupt = Case(
        "the terminal's SIGINT is not for the plugin", .end, .start, scope: .program
    ) { subject, findings in
        let host = try Host(subject, lanes: 1)
        try host.greetAll()
        host.process.signal(SIGINT)
        findings.expect(try host.ping(), else: "after SIGINT a ping has no pong")
        host.endWriting()
        findings.expectEnding(host.process, .exited(0))
    }

    private static let endOfLanes = Case(
        "the end of one lane leaves the others, the end of all ends the process with 0",
        .end, .start, scope: .program
    ) { subject, findings in
        let host = try Host(subject, lanes: 3)
        try host.greetAll()
        host.lanes[0].endWriting()
        guard case .ended(lane: 0) = try host.next(0) else {
            throw Failed("the plugin keeps its end of a lane that is over")
        }
        for lane in [1, 2] {
            findings.expect(
                try host.ping(lane: lane), else: "another lane does not serve after one has ended")
        }
        host.endWriting()
        findings.expectEnding(host.process, .exited(0))
    }

    private static let endWithCalls = Case(
        "the host's end ends the process, whatever is open", .end, .start
    ) { subject, findings in
        let (conversation, _) = try busy(subject, findings)
        conversation.host.endWriting()
        findings.expectEnding(conversation.host.process, .exited(0))
    }
}
