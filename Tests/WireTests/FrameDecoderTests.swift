import Testing
import Wire

@Suite("The frame decoder")
struct FrameDecoderTests {
    private let stream = Samples.all.flatMap { Samples.encoded($0.message, call: $0.call) }

    @Test(
        "the same messages come out however the bytes are cut",
        arguments: [1, 2, 3, 7, 15, 16, 17, 100, 1_000, .max])
    func drip(step: Int) {
        let (messages, error) = decode(stream, step: step)
        #expect(error == nil)
        #expect(messages == Samples.all.map(\.message))
    }

    @Test("a frame over the limit is refused by its header alone")
    func tooLarge() throws {
        let header = frame(kind: 8, call: 1, length: 1_001)
        #expect(decode(header, limit: 1_000).error?.reason == .frameTooLarge)
        #expect(decode(frame(kind: 8, call: 1, length: 1_000), limit: 1_000).error == nil)
        let huge = frame(kind: 8, call: 1, length: Int(UInt32.max))
        #expect(decode(huge).error?.reason == .frameTooLarge)
    }

    @Test("an unknown kind ends the stream")
    func unknownKind() {
        #expect(decode(frame(kind: 99)).error?.reason == .unknownKind)
        #expect(decode(frame(kind: 0)).error?.reason == .unknownKind)
    }

    @Test(
        "an unknown kind that says it may be ignored is skipped",
        arguments: [1, 5, 16, 17, 40, .max])
    func ignorable(step: Int) {
        let ping = Samples.encoded(.ping, call: 1)
        let skipped = frame(kind: 200, call: 5, flags: 1, [UInt8](repeating: 7, count: 50))
        let empty = frame(kind: 201, flags: 1)
        let (messages, error) = decode(ping + skipped + empty + skipped + ping, step: step)
        #expect(error == nil)
        #expect(messages == [.ping, .ping])
    }

    @Test("a skipped frame is held to the limit too")
    func ignorableTooLarge() {
        let bytes = frame(kind: 200, flags: 1, length: 1_001)
        #expect(decode(bytes, limit: 1_000).error?.reason == .frameTooLarge)
    }

    @Test("a call id is there exactly where a kind has one")
    func callIDs() {
        for kind in FrameKind.allCases {
            let wrong = frame(kind: kind.rawValue, call: kind.hasCall ? 0 : 1)
            #expect(decode(wrong).error?.reason == .invalidCall, "\(kind)")
        }
    }

    @Test("after an error nothing more is decoded")
    func staysBroken() throws {
        var decoder = FrameDecoder()
        let bytes = frame(kind: 99) + Samples.encoded(.ping, call: 1)
        bytes.withUnsafeBytes { decoder.append($0) }
        for _ in 0..<3 {
            do {
                _ = try decoder.nextMessage()
                Issue.record("a broken stream went on")
            } catch {
                #expect(error.reason == .unknownKind)
            }
        }
        #expect(decoder.bufferedByteCount == 0)
        bytes.withUnsafeBytes { decoder.append($0) }
        #expect(decoder.bufferedByteCount == 0)
    }

    @Test("bytes may be read into the decoder in place")
    func fill() throws {
        var decoder = FrameDecoder()
        var source = stream[...]
        var messages: [Message] = []
        while !source.isEmpty {
            let count = decoder.fill(atLeast: 64) { target in
                let piece = source.prefix(min(50, target.count))
                target.copyBytes(from: piece)
                return piece.count
            }
            source = source.dropFirst(count)
            while let (_, message) = try decoder.nextMessage() { messages.append(message) }
        }
        #expect(messages == Samples.all.map(\.message))
        let none = decoder.fill(atLeast: 64) { _ in -1 }
        #expect(none == -1)
        #expect(decoder.bufferedByteCount == 0)
    }

    @Test("an announced length costs no memory until the bytes are there")
    func announcementsAreFree() throws {
        var decoder = FrameDecoder()
        let header = frame(kind: 8, call: 1, length: WireLimits.maxFramePayloadBytes)
        header.withUnsafeBytes { decoder.append($0) }
        let message = try decoder.nextMessage()
        #expect(message == nil)
        #expect(decoder.bufferedByteCount == WireLimits.headerBytes)
    }
}
