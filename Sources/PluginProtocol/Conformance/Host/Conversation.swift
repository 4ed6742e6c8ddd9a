// The calls of a conversation after the handshake: opens them, answers the plugin's storage calls,
// and notes whatever the plugin does that the protocol does not allow.

import Wire

struct CallID: Hashable {
    var lane: Int
    var number: UInt64
}

final class Conversation {
    let host: Host
    let desk: StorageDesk
    private let findings: Findings
    private var nextCall: UInt64 = 1
    /// What each open call is, and what answers it.
    private var open: [CallID: FrameKind] = [:]
    private(set) var answers: [CallID: Message] = [:]
    private(set) var drainRequests: Set<Int> = []
    private(set) var closes: [Int: Close] = [:]
    private(set) var ended: Set<Int> = []
    let pluginType: PluginType
    /// Requests that the plugin takes at once on each lane.
    let maxCallsInFlight: UInt32

    /// Greets on all lanes.
    init(
        _ host: Host, _ findings: Findings, maxStorageCalls: Int = 256
    ) throws {
        self.host = host
        self.findings = findings
        desk = StorageDesk(maxCallsPerLane: maxStorageCalls)
        var last: HelloReply?
        for lane in host.lanes.indices {
            last = try host.greet(
                Hello(
                    maxCallsInFlight: UInt32(maxStorageCalls), lane: UInt32(lane)))
        }
        guard let last else { throw Failed("no lane") }
        pluginType = last.type
        maxCallsInFlight = last.maxCallsInFlight
    }

    // MARK: Opening calls

    @discardableResult
    func call(_ message: Message, lane: Int = 0) -> CallID {
        let id = CallID(lane: lane, number: nextCall)
        nextCall += 2
        open[id] = message.kind
        if case .request(let request) = message { desk.begin(id, request) }
        host.send(message, call: id.number, lane: lane)
        return id
    }

    func cancel(_ id: CallID) { host.send(.cancel, call: id.number, lane: id.lane) }

    /// The mount with its declarations, ready for requests.
    func mount(
        _ id: MountID, options: [String: String] = [:], generation: UInt32 = 1, lane: Int = 0
    ) throws -> MountReply {
        let spec = MountSpec(
            id: id, generation: generation, options: options, defaultLeaseTTLSeconds: 3_600,
            maxLeaseTTLSeconds: 86_400)
        guard case .mountReply(let reply) = try answer(to: call(.mount(spec), lane: lane)) else {
            throw Failed("mount is not answered by mountReply", .calls)
        }
        if reply.error == nil, reply.initialises {
            let ready = try respond(EngineRequest(mount: id, operation: 8, path: []), lane: lane)
            if let failure = ready.failure {
                throw Failed("the mount's INITIALIZE fails: \(failure.message)", .mounts)
            }
        }
        return reply
    }

    /// One that has to succeed: nothing could be tried on a mount that was refused.
    @discardableResult
    func mounted(
        _ id: MountID, _ options: [String: String], generation: UInt32 = 1, lane: Int = 0
    ) throws -> MountReply {
        let reply = try mount(id, options: options, generation: generation, lane: lane)
        if let failure = reply.error {
            throw Failed("the mount is refused: \(failure.message)", .mounts)
        }
        return reply
    }

    func respond(_ request: EngineRequest, lane: Int = 0) throws -> EngineResponse {
        try response(to: call(.request(request), lane: lane))
    }

    // MARK: Waiting

    func answer(to id: CallID) throws -> Message {
        try wait { self.answers[id] != nil || self.ended.contains(id.lane) }
        guard let answer = answers[id] else {
            let reason = closes[id.lane].map { "by close \($0.reason): \($0.message)" }
            throw Failed("the lane ended \(reason ?? "without close")")
        }
        return answer
    }

    func response(to id: CallID) throws -> EngineResponse {
        guard case .response(let response) = try answer(to: id) else {
            throw Failed("a request is answered by another kind", .calls)
        }
        return response
    }

    func responses(to ids: [CallID]) throws -> [EngineResponse] {
        try ids.map { try response(to: $0) }
    }

    /// All that the plugin could have said about what it was sent so far was said: a pong comes
    /// after it.
    func settle() throws {
        for lane in host.lanes.indices where !ended.contains(lane) {
            _ = try answer(to: call(.ping, lane: lane))
        }
    }

    func wait(until isDone: () -> Bool) throws {
        let deadline = host.subject.deadline
        while !isDone() { take(try host.next(within: deadline)) }
    }

    /// Promises to open nothing more and hears everything to the end of all lanes.
    func drain() throws {
        for lane in host.lanes.indices where !ended.contains(lane) {
            host.send(.drain, lane: lane)
        }
        try wait { self.ended.count == self.host.lanes.count }
        for kind in open.values { findings.add("a \(kind) was not answered", .calls) }
    }

    // MARK: What comes

    private func take(_ event: Host.Event) {
        switch event {
        case .ended(let lane): ended.insert(lane)
        case .message(let lane, let call, let message):
            if closes[lane] != nil { findings.add("\(message.kind) after close", .drainAndClose) }
            take(message, CallID(lane: lane, number: call))
        }
    }

    private func take(_ message: Message, _ id: CallID) {
        switch message {
        case .mountReply: end(id, .mount, message)
        case .unmountReply: end(id, .unmount, message)
        case .pong: end(id, .ping, message)
        case .response(let response):
            end(id, .request, message)
            AnswerCheck(type: pluginType).faults(response).forEach(findings.add)
            desk.end(id)
        case .storage(let request):
            send(desk.take(request, id), lane: id.lane)
        case .cancel: desk.cancel(id)
        case .ping: host.send(.pong, call: id.number, lane: id.lane)
        case .event: break
        case .drain: drainRequests.insert(id.lane)
        case .close(let close): closes[id.lane] = close
        case .hello, .helloReply, .mount, .unmount, .request, .storageReply, .invalidate:
            findings.add("a plugin sends \(message.kind)", .frames)
        }
        desk.takeViolations().forEach(findings.add)
    }

    private func end(_ id: CallID, _ opener: FrameKind, _ answer: Message) {
        if open[id] == opener {
            open[id] = nil
            answers[id] = answer
        } else if answers[id] != nil {
            findings.add("a second answer to a call", .calls)
        } else {
            findings.add("\(answer.kind) to a call that is no open \(opener)", .calls)
        }
    }

    func send(_ replies: [(call: UInt64, reply: StorageReply)], lane: Int) {
        for (call, reply) in replies {
            host.send(.storageReply(reply), call: call, lane: lane)
        }
    }

    /// Answers the storage calls that were held back, as `behaviour` says from now on.
    func release(_ behaviour: StorageDesk.Behaviour = .faithful) {
        desk.behaviour = behaviour
        for (id, reply) in desk.release() { send([(id.number, reply)], lane: id.lane) }
    }
}
