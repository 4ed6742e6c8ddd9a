// The memory that lines are made in.

import Clock
import JSON
import Testing

@testable import Audit

@Suite struct LineBufferTests {
    private func text(_ body: (LineBuffer) -> Void) -> String {
        let lines = LineBuffer(capacity: 1)
        body(lines)
        return String(decoding: lines.bytes, as: UTF8.self)
    }

    @Test(
        "texts are escaped as everywhere else",
        arguments: [
            "", "plain", "quo\"te", "back\\slash", "line\nend", "\u{0}\u{1F}\u{7F}", "ümlaut",
            "12345678\"", "1234567\u{2028}8", "😀", String(repeating: "long ", count: 5_000),
            String(repeating: "\"", count: 300),
        ])
    func strings(_ value: String) {
        var writer = JSONWriter()
        writer.string(value)
        #expect(text { $0.appendString(value) } == String(decoding: writer.bytes, as: UTF8.self))
    }

    @Test(
        "numbers are written in full",
        arguments: [0, 7, 9, 10, 99, 100, 5432, 1_000_000_007, .max, .min, -1, -10] as [Int64])
    func numbers(_ value: Int64) {
        #expect(text { $0.append(value) } == String(value))
    }

    @Test("numbers get the zeros that they need, up to the largest")
    func widths() {
        #expect(text { $0.append(digitsOf: 0, width: 3) } == "000")
        #expect(text { $0.append(digitsOf: 42, width: 9) } == "000000042")
        #expect(text { $0.append(digitsOf: 1234, width: 2) } == "1234")
        #expect(text { $0.append(digitsOf: .max, width: 1) } == String(UInt64.max))
        #expect(
            text { $0.append(digitsOf: 10_000_000_000_000_000_000, width: 1) }
                == "10000000000000000000")
        #expect(text { $0.append(hexOf: 0xABCD_0123, digits: 4) } == "0123")
    }

    @Test(
        "times are as everywhere else, from one second to the next and back",
        arguments: [
            0, 1, 999_999_999, 1_000_000_000, 1_795_000_000_120_000_000, 1_795_000_000_000_000_000,
            1_795_000_001_000_000_001, 1_795_000_000_123_456_789, -1, -1_000_000_000, .min, .max,
        ] as [Int64])
    func times(_ nanoseconds: Int64) {
        var clock = LineClock()
        for time in [
            Timestamp(nanoseconds: nanoseconds), Sample.time, Timestamp(nanoseconds: nanoseconds),
        ] {
            #expect(text { clock.append(time, to: $0) } == "\"\(time.rfc3339)\"")
        }
    }

    @Test("what was appended last can be taken back")
    func truncation() {
        let result = text { lines in
            lines.append("kept")
            let count = lines.count
            lines.append("dropped")
            lines.truncate(to: count)
            lines.truncate(to: 1_000)
            lines.append("!")
        }
        #expect(result == "kept!")
    }

    @Test("a buffer is filled again when nobody holds it any more, not before")
    func supply() {
        var supply = LineSupply()
        supply.current.append("one")
        var first: LineBuffer? = supply.take()
        supply.current.append("two")
        let second = supply.take()
        #expect(supply.current !== first && supply.current !== second)
        #expect(first.map { String(decoding: $0.bytes, as: UTF8.self) } == "one")
        let identity = first.map { ObjectIdentifier($0) }
        first = nil
        _ = supply.take()
        #expect(ObjectIdentifier(supply.current) == identity)
        #expect(supply.current.count == 0)
        #expect(String(decoding: second.bytes, as: UTF8.self) == "two")
    }

    @Test("a buffer that one large line made large is not kept")
    func large() {
        var supply = LineSupply()
        supply.current.append(Array(repeating: 0x61, count: AuditLimits.keptBufferBytes + 1))
        var lent: LineBuffer? = supply.take()
        let identity = lent.map { ObjectIdentifier($0) }
        #expect(identity != nil)
        lent = nil
        _ = supply.take()
        #expect(supply.current.capacity <= AuditLimits.keptBufferBytes)
    }
}
