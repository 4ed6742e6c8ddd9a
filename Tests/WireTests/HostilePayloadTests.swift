import Testing

@testable import Wire

@Suite("Payloads from a hostile peer")
struct HostilePayloadTests {
    private let mount = field(1, [UInt8](repeating: 1, count: 16))

    private func reason(_ kind: FrameKind, _ payload: [UInt8]) -> CloseReason? {
        decode(frame(kind: kind.rawValue, call: kind.hasCall ? 1 : 0, payload)).error?.reason
    }

    @Test("empty byte fields, which protobuf-c hands over as null, are empty")
    func emptyBytes() {
        let payload = mount + field(2, 2) + field(3, []) + field(4, []) + field(9, [])
        let (messages, error) = decode(frame(kind: 7, call: 1, payload))
        #expect(error == nil)
        guard case .request(let request) = messages.first else {
            Issue.record("no request")
            return
        }
        #expect(request.path == [])
        #expect(request.data == [])
        #expect(request.headers == [TextPair("", "")])
    }

    @Test("unknown fields of every wire type are ignored")
    func unknownFields() {
        let unknown =
            field(4_000, 7) + field(4_001, [1, 2, 3]) + varint(4_002 << 3 | 1)
            + [UInt8](repeating: 1, count: 8) + varint(4_003 << 3 | 5) + [1, 2, 3, 4]
        let payload = unknown + mount + unknown + field(2, 2) + unknown
        let (messages, error) = decode(frame(kind: 7, call: 1, payload))
        #expect(error == nil)
        #expect(messages.count == 1)
    }

    @Test("text that is not UTF-8 is an error wherever text is expected")
    func invalidText() {
        let bad: [UInt8] = [0x61, 0xC0, 0xAF]
        let surrogate: [UInt8] = [0xED, 0xA0, 0x80]
        for text in [bad, surrogate] {
            #expect(reason(.request, mount + field(6, text)) == .invalidText)
            #expect(reason(.request, mount + field(7, text)) == .invalidText)
            #expect(reason(.request, mount + field(8, text)) == .invalidText)
            #expect(reason(.request, mount + field(9, field(1, text))) == .invalidText)
            #expect(reason(.response, field(4, text)) == .invalidText)
            #expect(reason(.response, field(6, field(1, text))) == .invalidText)
            #expect(reason(.response, field(1, field(1, 1) + field(2, text))) == .invalidText)
            #expect(reason(.hello, field(3, text)) == .invalidText)
            #expect(reason(.mountReply, field(3, text)) == .invalidText)
            #expect(reason(.close, field(2, text)) == .invalidText)
        }
    }

    @Test("a path is bytes, and its meaning is the reader's affair")
    func pathBytes() {
        #expect(reason(.request, mount + field(3, [0xFF, 0x00])) == nil)
    }

    @Test("an enum's number outside its range is an error")
    func enums() {
        for number in [0, 13, 255, 256, 257, Int(Int32.max)] {
            #expect(
                reason(.response, field(1, field(1, number))) == .invalidValue, "code \(number)")
        }
        #expect(reason(.response, field(6, field(13, 3))) == .invalidValue)
        for number in [0, 4, 256 + 1] {
            #expect(reason(.helloReply, field(6, number)) == .invalidValue, "type \(number)")
        }
        #expect(reason(.request, mount + field(2, 256 + 2)) == .invalidValue)
    }

    @Test("a mount id that has not sixteen bytes is an error")
    func mountIDs() {
        for count in [0, 1, 15, 17, 1_000] {
            let id = field(1, [UInt8](repeating: 1, count: count))
            #expect(reason(.unmount, id) == .invalidValue)
            #expect(reason(.request, id) == .invalidValue)
            #expect(reason(.storage, id + field(3, [])) == .invalidValue)
        }
    }

    @Test("values that contradict each other are an error")
    func contradictions() {
        let entryOfNothing = field(11, field(1, [97]) + field(2, [98]))
        #expect(reason(.request, mount + entryOfNothing) == .invalidValue)
        let option = field(3, field(1, [97]) + field(2, [98]))
        #expect(reason(.mount, mount + option + option) == .invalidValue)
        #expect(reason(.storage, mount) == .malformedMessage)
        #expect(reason(.storageReply, []) == .malformedMessage)
    }

    @Test("counts are bounded before anything is made of them")
    func counts() {
        let features = (0...WireLimits.maxFeatures).flatMap { _ in field(3, [97]) }
        #expect(reason(.hello, features) == .invalidValue)
        let keys = (0...WireLimits.maxKeysPerGet).flatMap { _ in field(1, [97]) }
        #expect(reason(.storage, mount + field(3, keys)) == .invalidValue)
        let put = field(2, field(1, Array("a key of some length".utf8)))
        let puts = (0...WireLimits.maxChangesPerCommit).flatMap { _ in put }
        #expect(reason(.storage, mount + field(5, puts)) == .invalidValue)
        let page = field(3, WireLimits.maxListPage + 1)
        #expect(reason(.storage, mount + field(4, page)) == .invalidValue)
        let path = [UInt8](repeating: 97, count: WireLimits.maxPathBytes + 1)
        #expect(reason(.request, mount + field(3, path)) == .invalidValue)
    }

    @Test("garbage is malformed")
    func garbage() {
        #expect(reason(.request, [0xFF]) == .malformedMessage)
        #expect(reason(.response, [0x12, 0x7F, 1, 2]) == .malformedMessage)
        #expect(reason(.hello, [UInt8](repeating: 0x80, count: 40)) == .malformedMessage)
        // Field 2 of a response is bytes and not a number.
        #expect(reason(.response, field(2, 5)) == .malformedMessage)
        // A length of nearly 2^64.
        let length: [UInt8] = [0x12] + [UInt8](repeating: 0xFF, count: 9) + [1]
        #expect(reason(.response, length) == .malformedMessage)
    }

    @Test("a frame of many tiny fields cannot claim more memory than its budget")
    func tinyFields() {
        // 8 MiB of two-byte fields: protobuf-c would take fifty bytes and more for each.
        let warnings = [UInt8](repeating: 0, count: 8 << 20).enumerated().map {
            $0.offset % 2 == 0 ? UInt8(0x22) : 0
        }
        #expect(reason(.response, warnings) == .malformedMessage)
        #expect(WireLimits.unpackBudgetBytes(payload: 8 << 20) <= 64 << 20)
    }

    @Test("a submessage repeated without end is refused before merging it takes long")
    func merging() {
        // Each repetition merges with those before it, which copies what they hold: quadratic.
        let piece = field(6, field(1, [97]))
        let payload = (0..<400_000).flatMap { _ in piece }
        let clock = ContinuousClock()
        let time = clock.measure {
            #expect(reason(.response, payload) == .malformedMessage)
        }
        #expect(time < .seconds(20))
    }

    @Test("a list of ten thousand names is well within the budget")
    func honestLists() {
        let names = (0..<WireLimits.maxListPage).map { Array("n\($0)".utf8) }
        let page = Message.storageReply(.names(names, more: false))
        #expect(decode(Samples.encoded(page, call: 2)).messages == [page])
        let entries = (0..<5_000).map {
            StorageEntry(key: Array("k\($0)".utf8), value: [1], revision: 1)
        }
        let list = Message.storageReply(.entries(entries))
        #expect(decode(Samples.encoded(list, call: 2)).messages == [list])
    }
}
