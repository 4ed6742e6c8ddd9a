// The host's side of one plugin process, as little as the protocol needs: it polls all lanes, hands
// over what comes, and decides nothing.

import Glibc
import Wire

final class Host {
    enum Event {
        case message(lane: Int, call: UInt64, Message)
        case ended(lane: Int)

        /// Without what a message holds.
        var text: String {
            switch self {
            case .message(_, _, let message): "\(message.kind)"
            case .ended: "the end of the lane"
            }
        }
    }

    let subject: Subject
    let process: ChildProcess
    let lanes: [LaneSocket]
    private var reported: Set<Int> = []
    /// Everything is sent with unknown fields and reserved bits.
    var greases = false

    /// Nothing is in the environment but the number of lanes, unless a test wants more of it.
    init(_ subject: Subject, lanes count: Int, environment: [String] = []) throws {
        self.subject = subject
        let started = try ChildProcess.start(
            subject, lanes: count, environment: ["COFFER_PLUGIN_LANES=\(count)"] + environment)
        process = started.0
        lanes = started.1.map(LaneSocket.init)
    }

    func send(_ message: Message, call: UInt64 = 0, lane: Int = 0) {
        if greases {
            sendRaw(RawFrame.greased(message, call: call), lane: lane)
        } else {
            var bytes: [UInt8] = []
            message.encode(call: call, into: &bytes)
            sendRaw(bytes, lane: lane)
        }
    }

    func sendRaw(_ bytes: [UInt8], lane: Int = 0) { lanes[lane].queue(bytes) }

    func endWriting() { for lane in lanes { lane.endWriting() } }

    /// What comes next, on these lanes or on all.
    func next(_ only: Int? = nil, within deadline: Deadline? = nil) throws -> Event {
        let deadline = deadline ?? subject.deadline
        let watched = only.map { [$0] } ?? Array(lanes.indices)
        while true {
            // Also for one that never stops talking.
            if deadline.isOver { throw Failed("this takes too long\(logText)") }
            for index in watched {
                let lane = lanes[index]
                if let (call, message) = try lane.next() {
                    return .message(lane: index, call: call, message)
                }
                if lane.isEnded, reported.insert(index).inserted {
                    if lane.hasHalfAFrame { throw Failed("a lane ends inside a frame", .frames) }
                    return .ended(lane: index)
                }
            }
            guard try wait(deadline) else {
                throw Failed("the plugin says nothing more\(logText)")
            }
        }
    }

    var logText: String {
        process.collectLog()
        let log = String(decoding: process.log.suffix(2_000), as: UTF8.self)
        return log.isEmpty ? "" : "; its log ends: \(log)"
    }

    /// All lanes are served while one is waited for, so that the plugin never blocks on another.
    private func wait(_ deadline: Deadline) throws -> Bool {
        let open = lanes.filter { !$0.isEnded }
        guard !open.isEmpty else { throw Failed("all lanes have ended\(logText)") }
        var waiting = open.map {
            pollfd(
                fd: $0.descriptor, events: Int16(POLLIN | ($0.hasOutput ? POLLOUT : 0)), revents: 0)
        }
        if process.collectLog() {
            waiting.append(pollfd(fd: process.logDescriptor, events: Int16(POLLIN), revents: 0))
        }
        guard poll(&waiting, nfds_t(waiting.count), deadline.milliseconds) > 0 else { return false }
        for lane in open {
            lane.flush()
            lane.fill()
        }
        return true
    }
}

extension Host {
    /// Sends `hello` and returns what the plugin answers.
    func greet(_ hello: Hello) throws -> HelloReply {
        let lane = Int(hello.lane)
        send(.hello(hello), lane: lane)
        guard case .message(_, 0, .helloReply(let reply)) = try next(lane) else {
            throw Failed("hello is not answered by helloReply\(logText)", .handshake)
        }
        lanes[lane].maxPayloadBytes = Int(hello.maxFrameBytes)
        return reply
    }

    func greetAll() throws {
        for lane in lanes.indices { _ = try greet(Hello(lane: UInt32(lane))) }
    }

    /// The lane serves.
    func ping(lane: Int = 0, call: UInt64 = 9_999_999) throws -> Bool {
        send(.ping, call: call, lane: lane)
        if case .message(_, call, .pong) = try next(lane) { return true }
        return false
    }

    /// The plugin's last word on a lane that it closes; nothing else may come.
    func close(lane: Int = 0) throws -> Close {
        let event = try next(lane)
        guard case .message(_, 0, .close(let close)) = event else {
            throw Failed("instead of close comes \(event.text)", .drainAndClose)
        }
        let last = try next(lane)
        guard case .ended = last else {
            throw Failed("after close comes \(last.text)", .drainAndClose)
        }
        return close
    }
}
