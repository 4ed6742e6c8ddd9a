// What the protocol does not allow is answered by `close` with the reason's number.

import Testing
import Wire

struct Fault: Sendable, CustomTestStringConvertible {
    let name: String
    var isGreeted = true
    let bytes: [UInt8]
    let reasons: Set<CloseReason>

    var testDescription: String { name }

    init(
        _ name: String, greeted: Bool = true, _ bytes: [UInt8], _ reasons: CloseReason...
    ) {
        self.name = name
        isGreeted = greeted
        self.bytes = bytes
        self.reasons = Set(reasons)
    }

    private static let mount = MountID(high: 7, low: 7)
    private static let hello = message(.hello(Hello(lane: 0)), 0)

    static let all: [Fault] = [
        // Frames.
        Fault("a kind that is not known", RawFrame.bytes(kind: 99, call: 0), .unknownKind),
        Fault("kind 0", RawFrame.bytes(kind: 0, call: 0), .unknownKind),
        Fault("noise", [UInt8](repeating: 0xA5, count: 4_096), .frameTooLarge),
        Fault(
            "a length over the limit",
            RawFrame.header(length: WireLimits.maxFramePayloadBytes + 1, kind: 7, call: 1),
            .frameTooLarge),
        Fault(
            "a length over the limit before the handshake", greeted: false,
            RawFrame.header(length: (64 << 10) + 1, kind: 1, call: 0), .frameTooLarge),
        Fault(
            "an unknown kind over the limit, ignorable or not",
            RawFrame.header(
                length: WireLimits.maxFramePayloadBytes + 1, kind: 99, flags: 1, call: 0),
            .frameTooLarge),
        // Messages.
        Fault(
            "a request of noise", RawFrame.bytes(.request, call: 1, payload: [0xFF, 0xFF, 0xFF]),
            .malformedMessage),
        Fault(
            "a mount that ends in the middle",
            RawFrame.bytes(.mount, call: 1, payload: [0x0A, 16, 1, 2, 3]), .malformedMessage),
        Fault(
            "a hello that ends in the middle", greeted: false,
            RawFrame.bytes(.hello, call: 0, payload: [0x1A, 5, 0x61]), .malformedMessage),
        Fault(
            "a mount id of three bytes",
            RawFrame.bytes(.mount, call: 1, payload: Protobuf.bytes(1, [1, 2, 3])), .invalidValue),
        Fault(
            "an option that is not UTF-8",
            RawFrame.bytes(
                .mount, call: 1,
                payload: Protobuf.bytes(1, mount.bytes)
                    + Protobuf.bytes(3, Protobuf.bytes(1, [0x61, 0xFF]))), .invalidText),
        Fault(
            "a frame limit that nothing fits into", greeted: false,
            message(.hello(Hello(maxFrameBytes: 1_000, lane: 0)), 0), .invalidValue),
        // Order.
        Fault("a second hello", hello, .unexpectedMessage),
        Fault(
            "a ping before hello", greeted: false, message(.ping, 1), .unexpectedMessage),
        Fault(
            "a request before hello", greeted: false,
            message(
                .request(EngineRequest(mount: mount, operation: 2, path: [])), 1),
            .unexpectedMessage),
        Fault("a drain before hello", greeted: false, message(.drain, 0), .unexpectedMessage),
        Fault(
            "a plugin's message", message(.response(EngineResponse()), 1), .unexpectedMessage,
            .invalidCall),
        Fault(
            "a storage call from the host",
            message(
                .storage(
                    StorageRequest(
                        mount: mount, parentCall: 1, action: .get([[0x61]]))), 1),
            .unexpectedMessage),
        // Calls.
        Fault("a call without an id", RawFrame.bytes(.ping, call: 0), .invalidCall),
        Fault("a call with an even id", message(.ping, 2), .invalidCall),
        Fault(
            "a hello with an id", greeted: false, RawFrame.bytes(.hello, call: 1), .invalidCall),
        Fault(
            "a reply to a storage call that was never made",
            message(.storageReply(.committed(revision: 1)), 2), .invalidCall),
        Fault(
            "a storage reply with an odd id",
            message(.storageReply(.committed(revision: 1)), 3), .invalidCall),
        Fault("a pong to no ping", message(.pong, 2), .invalidCall),
        Fault(
            "a failure code outside the schema",
            RawFrame.bytes(
                .storageReply, call: 2,
                payload: Protobuf.bytes(5, Protobuf.number(1, 77))), .invalidValue, .invalidCall),
    ]

    private static func message(_ message: Message, _ call: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        message.encode(call: call, into: &bytes)
        return bytes
    }
}

@Suite(.blocking) struct FaultTests {
    @Test(
        "each fault closes its lane by the reason's name, and no other lane",
        arguments: ConformancePlugin.all)
    func faults(_ plugin: ConformancePlugin) throws {
        let host = try Host(plugin, lanes: Fault.all.count + 1)
        for (lane, fault) in Fault.all.enumerated() {
            if fault.isGreeted { _ = try host.greet(Hello(lane: UInt32(lane))) }
            host.sendRaw(fault.bytes, lane: lane)
            // A plugin that took no offence says so at once.
            if fault.isGreeted { host.send(.ping, call: 101, lane: lane) }
            guard let close = try? host.close(lane: lane) else {
                Issue.record("\(fault.name) is not answered by close")
                continue
            }
            #expect(fault.reasons.contains(close.reason), "\(fault.name): \(close.message)")
            #expect(!close.message.isEmpty, "\(fault.name) is not explained")
        }
        let last = Fault.all.count
        _ = try host.greet(Hello(lane: UInt32(last)))
        #expect(try host.ping(lane: last))
    }

    @Test(
        "a frame of an unknown kind that may be ignored is skipped, whatever its size",
        arguments: ConformancePlugin.all)
    func ignorable(_ plugin: ConformancePlugin) throws {
        let host = try Host(plugin, lanes: 1)
        _ = try host.greet(Hello(maxFrameBytes: 64 << 10, lane: 0))
        for size in [0, 1, 64 << 10] {
            let payload = [UInt8](repeating: 0xFF, count: size)
            host.sendRaw(RawFrame.bytes(kind: 200, flags: 1, call: 12, payload: payload))
        }
        #expect(try host.ping())
        // The limit is the one that was agreed on, to the byte.
        host.sendRaw(RawFrame.header(length: (64 << 10) + 1, kind: 200, flags: 1, call: 0))
        #expect(try host.close().reason == .frameTooLarge)
    }

    @Test(
        "a length over the limit ends the lane before there is room made for it",
        arguments: ConformancePlugin.all)
    func oversize(_ plugin: ConformancePlugin) throws {
        let host = try Host(plugin, lanes: 2)
        try host.greetAll()
        #expect(try host.ping(lane: 0) && host.ping(lane: 1))
        let before = try host.process.statusKiB("VmPeak")
        host.sendRaw(RawFrame.header(length: Int(UInt32.max), kind: 7, call: 1))
        // Nothing but the header was sent, so nobody waited for more.
        #expect(try host.close().reason == .frameTooLarge)
        #expect(try host.ping(lane: 1, call: 11))
        let growth = try host.process.statusKiB("VmPeak") - before
        #expect(growth < 1 << 20, "the address space grew by \(growth) KiB")
    }

    @Test(
        "noise ends the process by itself, and a frame that never ends does not hold it",
        arguments: ConformancePlugin.all)
    func ends(_ plugin: ConformancePlugin) throws {
        let noisy = try Host(plugin, lanes: 1)
        noisy.sendRaw([UInt8](repeating: 0x5A, count: 4_096))
        #expect(try noisy.close().reason == .frameTooLarge)
        #expect(try #require(noisy.process.ending()).isAnExit)

        for sent in [5, 16, 20] {
            let cut = try Host(plugin, lanes: 1)
            try cut.greetAll()
            let frame = RawFrame.bytes(
                .request, call: 1, payload: [UInt8](repeating: 0x0A, count: 100))
            cut.sendRaw(Array(frame.prefix(sent)))
            cut.endWriting()
            #expect(try #require(cut.process.ending()).isAnExit, "cut after \(sent) bytes")
        }
    }

    @Test(
        "random frames close their lane by a named reason or change nothing",
        arguments: ConformancePlugin.all)
    func random(_ plugin: ConformancePlugin) throws {
        var seed = SplitMix(state: 0xC0FFE2)
        let host = try Host(plugin, lanes: 48)
        for lane in host.lanes.indices {
            if lane % 4 != 0 { _ = try host.greet(Hello(lane: UInt32(lane))) }
            for _ in 0..<4 {
                let payload = (0..<seed.below(64)).map { _ in UInt8(seed.below(256)) }
                host.sendRaw(
                    RawFrame.bytes(
                        kind: UInt8(seed.below(18)), flags: UInt8(seed.below(2)),
                        call: UInt64(seed.below(6)), payload: payload),
                    lane: lane)
            }
            host.lanes[lane].endWriting()
        }
        var open = Set(host.lanes.indices)
        while !open.isEmpty {
            switch try host.next() {
            case .ended(let lane): open.remove(lane)
            case .message(_, _, .close(let close)):
                #expect(close.reason != .other && close.reason != .internalError)
            case .message: break
            }
        }
        #expect(try #require(host.process.ending()).isAnExit)
    }
}

/// The same numbers in every run.
private struct SplitMix {
    var state: UInt64

    mutating func below(_ bound: UInt64) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % bound)
    }
}
