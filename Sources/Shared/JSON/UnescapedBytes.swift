// The characters that a string of a document stands for: byte by byte without allocation, to
// compare keys, and as a String.

import Glibc

/// The contents of a string, between its quotes.
struct JSONSpan {
    let start: Int
    let end: Int
    let hasEscapes: Bool

    var count: Int { end - start }
}

/// UTF-8 bytes of a span with its escapes resolved. Of a span that was never validated it yields
/// something, and stays within the span.
struct UnescapedBytes: Sequence, IteratorProtocol {
    private let text: JSONText
    private let end: Int
    private var position: Int
    private var pending: UInt32 = 0
    private var pendingCount = 0

    init(_ text: JSONText, _ span: JSONSpan) {
        self.text = text
        self.position = span.start
        self.end = Swift.min(span.end, text.count)
    }

    mutating func next() -> UInt8? {
        if pendingCount > 0 {
            pendingCount -= 1
            let byte = UInt8(truncatingIfNeeded: pending)
            pending >>= 8
            return byte
        }
        guard position < end else { return nil }
        let byte = text[position]
        guard byte == Ascii.backslash, position + 1 < end else {
            position += 1
            return byte
        }
        let kind = text[position + 1]
        if kind == Ascii.u { return nextScalar() }
        position += 2
        switch kind {
        case Ascii.b: return 0x08
        case Ascii.f: return 0x0C
        case Ascii.n: return Ascii.newline
        case Ascii.r: return Ascii.carriageReturn
        case Ascii.t: return Ascii.tab
        default: return kind
        }
    }

    private mutating func nextScalar() -> UInt8? {
        guard let unit = codeUnit() else {
            position = end
            return nil
        }
        var value = unit
        if unit & 0xFC00 == 0xD800, let low = codeUnit(), low & 0xFC00 == 0xDC00 {
            value = 0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF)
        }
        switch value {
        case 0..<0x80:
            return UInt8(truncatingIfNeeded: value)
        case 0x80..<0x800:
            return queue(0xC0 | value >> 6, value & 0x3F, count: 1)
        case 0x800..<0x10000:
            return queue(
                0xE0 | value >> 12, value >> 6 & 0x3F | (value & 0x3F) << 8, count: 2)
        default:
            return queue(
                0xF0 | value >> 18,
                value >> 12 & 0x3F | (value >> 6 & 0x3F) << 8 | (value & 0x3F) << 16, count: 3)
        }
    }

    private mutating func queue(_ lead: UInt32, _ rest: UInt32, count: Int) -> UInt8 {
        pending = rest | 0x80_8080
        pendingCount = count
        return UInt8(truncatingIfNeeded: lead)
    }

    private mutating func codeUnit() -> UInt32? {
        guard position + 6 <= end, let unit = try? text.codeUnit(at: position) else { return nil }
        position += 6
        return unit
    }
}

extension JSONText {
    /// The string that a span stands for.
    func string(_ span: JSONSpan) -> String {
        let raw = UnsafeBufferPointer(start: base + span.start, count: span.count)
        guard span.hasEscapes else { return String(decoding: raw, as: UTF8.self) }
        // Escapes only shrink: six bytes become at most three, twelve become four.
        return String(unsafeUninitializedCapacity: span.count) { buffer in
            var count = 0
            for byte in UnescapedBytes(self, span) where count < buffer.count {
                buffer[count] = byte
                count += 1
            }
            return count
        }
    }

    /// Whether two spans stand for the same bytes.
    func equal(_ left: JSONSpan, _ right: JSONSpan) -> Bool {
        if !left.hasEscapes, !right.hasEscapes {
            return left.count == right.count
                && memcmp(base + left.start, base + right.start, left.count) == 0
        }
        return UnescapedBytes(self, left).elementsEqual(UnescapedBytes(self, right))
    }

    /// Whether a span stands for these bytes.
    func equal(_ span: JSONSpan, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        if span.hasEscapes { return UnescapedBytes(self, span).elementsEqual(name) }
        guard span.count == name.count else { return false }
        guard let start = name.baseAddress else { return true }
        return memcmp(base + span.start, start, span.count) == 0
    }
}
