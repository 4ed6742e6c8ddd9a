// What the protocol does not allow is answered by `close` with the reason's number.

import Wire

extension Case {
    static let faults = [everyFault, ignorable, oversize, cutShort, random]

    private static let everyFault = Case(
        "each fault closes its lane by the reason's name, and no other lane",
        .faults, .drainAndClose, scope: .program
    ) { subject, findings in
        let host = try Host(subject, lanes: Fault.all.count + 1)
        for (lane, fault) in Fault.all.enumerated() {
            if fault.isGreeted { _ = try host.greet(Hello(lane: UInt32(lane))) }
            host.sendRaw(fault.bytes, lane: lane)
            // A plugin that took no offence says so at once.
            if fault.isGreeted { host.send(.ping, call: 101, lane: lane) }
            let close: Close
            do {
                close = try host.close(lane: lane)
            } catch let error as Failed {
                findings.add("\(fault.name) is not answered by close: \(error.description)")
                continue
            }
            findings.expect(
                fault.reasons.contains(close.reason),
                else: "\(fault.name) is answered by close \(close.reason): \(close.message)")
            findings.expect(!close.message.isEmpty, else: "\(fault.name) is not explained")
        }
        let last = Fault.all.count
        _ = try host.greet(Hello(lane: UInt32(last)))
        findings.expect(try host.ping(lane: last), else: "another lane does not serve any more")
    }

    private static let ignorable = Case(
        "a frame of an unknown kind that may be ignored is skipped, whatever its size",
        .faults, .frames, scope: .program
    ) { subject, findings in
        let host = try Host(subject, lanes: 1)
        _ = try host.greet(Hello(maxFrameBytes: 64 << 10, lane: 0))
        for size in [0, 1, 64 << 10] {
            let payload = [UInt8](repeating: 0xFF, count: size)
            host.sendRaw(RawFrame.bytes(kind: 200, flags: 1, call: 12, payload: payload))
        }
        findings.expect(try host.ping(), else: "an ignorable frame is not skipped")
        // The limit is the one that was agreed on, to the byte.
        host.sendRaw(RawFrame.header(length: (64 << 10) + 1, kind: 200, flags: 1, call: 0))
        let reason = try host.close().reason
        findings.expect(
            reason == .frameTooLarge,
            else: "a frame over Hello.max_frame_bytes is answered by close \(reason)", .limits)
    }

    private static let oversize = Case(
        "a length over the limit ends the lane before there is room made for it",
        .faults, .frames, scope: .program
    ) { subject, findings in
        let host = try Host(subject, lanes: 2)
        try host.greetAll()
        findings.expect(
            try host.ping(lane: 0) && host.ping(lane: 1), else: "a lane does not serve")
        let before = try host.process.statusKiB("VmPeak")
        host.sendRaw(RawFrame.header(length: Int(UInt32.max), kind: 7, call: 1))
        // Nothing but the header was sent, so nobody waited for more.
        let reason = try host.close().reason
        findings.expect(reason == .frameTooLarge, else: "the lane is closed by \(reason)", .limits)
        findings.expect(
            try host.ping(lane: 1, call: 11), else: "another lane does not serve any more")
        let growth = try host.process.statusKiB("VmPeak") - before
        findings.expect(growth < 1 << 20, else: "the address space grew by \(growth) KiB")
    }

    private static let cutShort = Case(
        "noise ends the process by itself, and a frame that never ends does not hold it",
        .faults, .start, scope: .program
    ) { subject, findings in
        let noisy = try Host(subject, lanes: 1)
        noisy.sendRaw([UInt8](repeating: 0x5A, count: 4_096))
        let reason = try noisy.close().reason
        findings.expect(
            reason == .frameTooLarge, else: "noise is answered by close \(reason)", .frames)
        findings.expectExit(noisy.process, "after noise on its only lane")

        for sent in [5, 16, 20] {
            let cut = try Host(subject, lanes: 1)
            try cut.greetAll()
            let frame = RawFrame.bytes(
                .request, call: 1, payload: [UInt8](repeating: 0x0A, count: 100))
            cut.sendRaw(Array(frame.prefix(sent)))
            cut.endWriting()
            findings.expectExit(cut.process, "after a frame that was cut after \(sent) bytes")
        }
    }

    private static let random = Case(
        "random frames close their lane by a named reason or change nothing",
        .faults, .drainAndClose, scope: .program
    ) { subject, findings in
        var seed = SplitMix(state: 0xC0FFE2)
        let host = try Host(subject, lanes: 48)
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
        let deadline = subject.deadline
        var open = Set(host.lanes.indices)
        while !open.isEmpty {
            switch try host.next(within: deadline) {
            case .ended(let lane): open.remove(lane)
            case .message(_, _, .close(let close)):
                findings.expect(
                    close.reason != .other && close.reason != .internalError,
                    else: "a random frame is answered by close \(close.reason)")
            case .message: break
            }
        }
        findings.expectExit(host.process, "after random frames")
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
