import Paths
import Testing
import Wire

@Suite(.blocking) struct RequestTests {
    private let id = MountID(high: 0xC0, low: 0xFF)

    private func start(
        _ mount: ConformanceMount, lanes: Int = 1, maxStorageCalls: Int = 256
    ) throws -> (Conversation, [DerivedRequest]) {
        let conversation = try Conversation(
            try Host(mount.plugin, lanes: lanes), maxStorageCalls: maxStorageCalls)
        let reply = try conversation.mount(id, options: mount.options)
        return (conversation, try DerivedRequest.all(reply.routes))
    }

    @Test(
        "every declared operation answers, with and without data and with what it reads sent along",
        arguments: ConformanceMount.all)
    func operations(_ mount: ConformanceMount) throws {
        let (conversation, requests) = try start(mount)
        // Writes first, so that the others have something to find.
        for request in requests.filter(\.isWrite) + requests {
            for data in [[], Array("{}".utf8), request.markedData] {
                for desk in [nil, conversation.desk] {
                    let response = try conversation.respond(
                        request.request(id, data: data, prefetchedFrom: desk))
                    let code = response.failure?.code
                    #expect(code != .internalError, "\(request.name)")
                    #expect(
                        code != .unsupportedPath && code != .unsupportedOperation,
                        "\(request.name) is declared")
                }
            }
        }
        try conversation.drain()
        #expect(conversation.violations == [])
        #expect(conversation.host.process.ending() == .exited(0))
    }

    @Test(
        "data that are not a JSON object are the client's fault and nobody's end",
        arguments: ConformanceMount.all)
    func malformed(_ mount: ConformanceMount) throws {
        let (conversation, requests) = try start(mount)
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        let bodies =
            ["{", "{\"a\":}", "[1]", "\"text\"", "nul", "{\"a\":1,\"a\":2}", "{} {}"]
            .map { Array($0.utf8) } + [[0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], deep]
        for request in requests where request.isWrite && !request.route.fields.isEmpty {
            for (index, body) in bodies.enumerated() {
                let code = try conversation.respond(request.request(id, data: body)).failure?.code
                #expect(code == .invalidRequest, "\(request.name), body \(index)")
            }
        }
        // Those without fields may not look at their data; they answer all the same.
        for request in requests where !request.isWrite {
            for body in bodies {
                _ = try conversation.respond(request.request(id, data: body))
            }
        }
        try conversation.settle()
        #expect(conversation.violations == [])
    }

    @Test(
        "a path that no route has and an operation that none has are unsupported",
        arguments: ConformanceMount.all)
    func unsupported(_ mount: ConformanceMount) throws {
        let (conversation, requests) = try start(mount)
        let patterns = try Set(requests.map(\.route.pattern)).map { try PathPattern(parsing: $0) }
        let nowhere = ["conformance/no/such/path", "conformance-nowhere", "conformance//"]
        for path in nowhere where patterns.allSatisfy({ $0.match(path) == nil }) {
            let request = EngineRequest(mount: id, operation: 2, path: Array(path.utf8))
            #expect(try conversation.respond(request).failure?.code == .unsupportedPath)
        }
        let undeclared: [Paths.Operation] = [.read, .update, .patch, .delete, .list, .rollback]
        for request in requests where request.operation == .help {
            for operation in undeclared
            where !requests.contains(where: { $0.path == request.path && $0.operation == operation }
            ) {
                var plain = request.request(id)
                plain.operation = operation.rawValue
                let code = try conversation.respond(plain).failure?.code
                #expect(code == .unsupportedOperation, "\(operation) \(request.path)")
            }
            for number in [0, 99, 255] as [UInt8] {
                var plain = request.request(id)
                plain.operation = number
                let code = try conversation.respond(plain).failure?.code
                #expect(code == .unsupportedOperation, "operation \(number)")
            }
        }
    }

    @Test("no path leads out of the mount or breaks the plugin", arguments: ConformanceMount.all)
    func paths(_ mount: ConformanceMount) throws {
        let (conversation, requests) = try start(mount)
        conversation.desk.toleratesBadKeys = true
        let captures = [
            "..", ".", "a/../../b", "", "a//b", "nul\0byte", "%2e%2e", "line\nend", "e\u{301}",
            String(repeating: "long", count: 16_000),
        ]
        for request in requests {
            for capture in captures {
                var strange = request.request(id, data: request.markedData)
                strange.path = Array(
                    DerivedRequest.path(request.route.pattern, capture: capture).utf8)
                let call = conversation.call(.request(strange))
                let response = try conversation.response(to: call)
                if conversation.desk.wasRefused(call) { #expect(response.failure != nil) }
            }
            var broken = request.request(id)
            broken.path = [0x61, 0xFF, 0x2F, 0xC0, 0x80]
            #expect(try conversation.respond(broken).failure != nil, "a path that is not UTF-8")
        }
        try conversation.settle()
        #expect(conversation.violations == [])
    }

    @Test(
        "of 256 requests for two mounts on two lanes each is answered once, by its id",
        arguments: ConformanceMount.all)
    func many(_ mount: ConformanceMount) throws {
        let (conversation, requests) = try start(mount, lanes: 2)
        let other = MountID(high: 2, low: 3)
        _ = try conversation.mount(other, options: mount.options, lane: 1)
        let calls = (0..<256).map { number in
            let request = requests[number % requests.count]
            return conversation.call(
                .request(
                    request.request(number % 3 == 0 ? other : id, data: request.markedData)),
                lane: number % 2)
        }
        #expect(try conversation.responses(to: calls).count == 256)
        // Nothing comes after the end, so this was the only answer.
        try conversation.drain()
        #expect(conversation.violations == [])
    }

    @Test(
        "a call that is cancelled is answered once, and its late storage reply is dropped",
        arguments: ConformanceMount.all)
    func cancel(_ mount: ConformanceMount) throws {
        let (conversation, requests) = try start(mount)
        conversation.desk.behaviour = .withheld
        let calls = requests.map {
            conversation.call(.request($0.request(id, data: $0.markedData)))
        }
        try conversation.settle()
        let parked = conversation.desk.parked
        for call in calls { conversation.cancel(call) }
        let responses = try conversation.responses(to: calls)
        for (call, response) in zip(calls, responses) where parked.contains(call) {
            #expect(response.failure?.code == .cancelled)
        }
        // Once more, and for a call that never was; both mean nothing.
        for call in calls { conversation.cancel(call) }
        conversation.cancel(CallID(lane: 0, number: 77_777))
        conversation.release()
        try conversation.drain()
        #expect(conversation.violations == [])
    }

    @Test(
        "a request that waits beyond its deadline is answered so", arguments: ConformanceMount.all)
    func deadline(_ mount: ConformanceMount) throws {
        let (conversation, requests) = try start(mount)
        conversation.desk.behaviour = .withheld
        let calls = requests.map {
            var request = $0.request(id, data: $0.markedData)
            request.deadlineMilliseconds = 20
            return conversation.call(.request(request))
        }
        let responses = try conversation.responses(to: calls)
        for (call, response) in zip(calls, responses)
        where conversation.desk.storageCalls(of: call) > 0 {
            #expect(response.failure?.code == .deadlineExceeded)
        }
        conversation.release()
        try conversation.drain()
        #expect(conversation.violations == [])
    }

    @Test(
        "never are more storage calls open than the host takes, and every request is answered",
        arguments: ConformanceMount.all)
    func backPressure(_ mount: ConformanceMount) throws {
        let (conversation, requests) = try start(mount, maxStorageCalls: 2)
        conversation.desk.behaviour = .withheld
        let calls = requests.map {
            conversation.call(.request($0.request(id, data: $0.markedData)))
        }
        try conversation.settle()
        #expect(conversation.desk.parked.count <= 2)
        conversation.release()
        _ = try conversation.responses(to: calls)
        try conversation.drain()
        #expect(conversation.violations == [])
    }

    @Test(
        "a request beyond the agreed number is answered that the plugin is not available",
        arguments: ConformanceMount.all)
    func tooMany(_ mount: ConformanceMount) throws {
        let (conversation, requests) = try start(
            mount, maxStorageCalls: WireLimits.maxCallsInFlight)
        conversation.desk.behaviour = .withheld
        let parking = try requests.first {
            let call = conversation.call(.request($0.request(id)))
            try conversation.settle()
            return conversation.desk.parked.contains(call)
        }
        guard let parking else { return }
        let room = Int(conversation.maxCallsInFlight) - conversation.desk.parked.count
        let calls = (0...room).map { _ in conversation.call(.request(parking.request(id))) }
        #expect(try conversation.response(to: calls[room]).failure?.code == .unavailable)
        conversation.release()
        for response in try conversation.responses(to: calls.dropLast()) {
            #expect(response.failure?.code != .unavailable)
        }
        try conversation.drain()
        #expect(conversation.violations == [])
    }

    @Test(
        "the id of an open request cannot be used again, whatever for",
        arguments: ConformanceMount.all, [FrameKind.request, .ping, .mount, .unmount])
    func idInUse(_ mount: ConformanceMount, _ kind: FrameKind) throws {
        let (conversation, requests) = try start(mount)
        conversation.desk.behaviour = .withheld
        for request in requests { conversation.call(.request(request.request(id))) }
        try conversation.settle()
        guard let parked = conversation.desk.parked.first else { return }
        let second: Message =
            switch kind {
            case .request: .request(requests[0].request(id))
            case .mount: .mount(MountSpec(id: id, generation: 1))
            case .unmount: .unmount(Unmount(id: MountID(high: 5, low: 5)))
            default: .ping
            }
        conversation.host.send(second, call: parked.number)
        // Behind it, so that a plugin that took no offence says so at once.
        let fence = conversation.call(.ping)
        try conversation.wait { conversation.answers[fence] != nil || conversation.ended == [0] }
        #expect(conversation.closes[0]?.reason == .invalidCall)
    }
}
