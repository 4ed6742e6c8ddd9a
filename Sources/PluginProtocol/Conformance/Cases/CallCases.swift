// Calls that are open: given up, late, too many, and their ids.

import Wire

extension Case {
    static let calls =
        [cancel, deadline, backPressure, tooMany]
        + [FrameKind.request, .ping, .mount, .unmount].map(idInUse)

    private static let cancel = Case(
        "a call that is cancelled is answered once, and its late storage reply is dropped",
        .requests, .cancel
    ) { subject, findings in
        let mount = try TriedMount(subject, findings)
        let conversation = mount.conversation
        let calls = mount.callAll()
        try conversation.settle()
        let parked = conversation.desk.parked
        for call in calls { conversation.cancel(call) }
        let responses = try conversation.responses(to: calls)
        for (call, response) in zip(calls, responses) where parked.contains(call) {
            let code = response.failure?.code
            findings.expect(
                code == .cancelled, else: "a cancelled call is answered by \(text(code))")
        }
        // Once more, and for a call that never was; both mean nothing.
        for call in calls { conversation.cancel(call) }
        conversation.cancel(CallID(lane: 0, number: 77_777))
        conversation.release()
        try conversation.drain()
    }

    private static let deadline = Case(
        "a request that waits beyond its deadline is answered so", .requests, .deadline
    ) { subject, findings in
        let mount = try TriedMount(subject, findings)
        let conversation = mount.conversation
        let calls = mount.callAll { $0.deadlineMilliseconds = 20 }
        let responses = try conversation.responses(to: calls)
        for (call, response) in zip(calls, responses)
        where conversation.desk.storageCalls(of: call) > 0 {
            let code = response.failure?.code
            findings.expect(
                code == .deadlineExceeded,
                else: "a call beyond its deadline is answered by \(text(code))")
        }
        conversation.release()
        try conversation.drain()
    }

    private static let backPressure = Case(
        "never are more storage calls open than the host takes, and every request is answered",
        .requests, .backPressure
    ) { subject, findings in
        let mount = try TriedMount(subject, findings, maxStorageCalls: 2)
        let conversation = mount.conversation
        let calls = mount.callAll()
        try conversation.settle()
        findings.expect(
            conversation.desk.parked.count <= 2, else: "more than 2 storage calls at once")
        conversation.release()
        _ = try conversation.responses(to: calls)
        try conversation.drain()
    }

    private static let tooMany = Case(
        "a request beyond the agreed number is answered that the plugin is not available",
        .requests, .backPressure
    ) { subject, findings in
        let mount = try TriedMount(
            subject, findings, maxStorageCalls: WireLimits.maxCallsInFlight)
        let conversation = mount.conversation
        conversation.desk.behaviour = .withheld
        let parking = try mount.requests.first {
            let call = conversation.call(.request($0.request(.tried)))
            try conversation.settle()
            return conversation.desk.parked.contains(call)
        }
        guard let parking else { return }
        let room = max(0, Int(conversation.maxCallsInFlight) - conversation.desk.parked.count)
        let calls = (0...room).map { _ in
            conversation.call(.request(parking.request(.tried)))
        }
        let code = try conversation.response(to: calls[room]).failure?.code
        findings.expect(
            code == .unavailable,
            else: "call \(conversation.maxCallsInFlight) + 1 is answered by \(text(code))")
        conversation.release()
        for response in try conversation.responses(to: calls.dropLast()) {
            findings.expect(
                response.failure?.code != .unavailable, else: "a call within the bound is refused")
        }
        try conversation.drain()
    }

    private static func idInUse(_ kind: FrameKind) -> Case {
        Case(
            "the id of an open request cannot be used again (\(kind))", .requests, .calls
        ) { subject, findings in
            let mount = try TriedMount(subject, findings)
            let conversation = mount.conversation
            _ = mount.callAll { $0.data = [] }
            try conversation.settle()
            guard let parked = conversation.desk.parked.first else { return }
            let second: Message =
                switch kind {
                case .request: .request(mount.requests[0].request(.tried))
                case .mount: .mount(MountSpec(id: .tried, generation: 1))
                case .unmount: .unmount(Unmount(id: MountID(high: 5, low: 5)))
                default: .ping
                }
            conversation.host.send(second, call: parked.number)
            // Behind it, so that a plugin that took no offence says so at once.
            let fence = conversation.call(.ping)
            try conversation.wait {
                conversation.answers[fence] != nil || conversation.ended == [0]
            }
            let reason = conversation.closes[0]?.reason
            findings.expect(
                reason == .invalidCall,
                else: "the lane is closed by \(reason.map { "\($0)" } ?? "nothing")")
        }
    }
}
