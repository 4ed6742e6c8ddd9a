// The inside of strings: runs of plain bytes eight at a time, escapes, and UTF-8 sequences.

/// The bytes of a document. Every function takes the place to look at and checks it against
/// `count`.
struct JSONText {
    let base: UnsafePointer<UInt8>
    let count: Int

    /// Nil for an empty buffer, which has no base address.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let address = bytes.baseAddress, !bytes.isEmpty else { return nil }
        base = address.assumingMemoryBound(to: UInt8.self)
        count = bytes.count
    }

    @inline(__always)
    subscript(_ index: Int) -> UInt8 { base[index] }

    /// The first place at or after `start` that is a quote, a backslash, a control character or not
    /// ASCII; `count` if there is none.
    @inline(__always)
    func endOfPlainRun(from start: Int) -> Int {
        var at = start
        while at &+ 8 <= count {
            let word = load8(at)
            let hit = Self.special(word)
            if hit != 0 { return at &+ hit.trailingZeroBitCount >> 3 }
            at &+= 8
        }
        while at < count {
            let byte = base[at]
            if byte < 0x20 || byte >= 0x80 || byte == Ascii.quote || byte == Ascii.backslash {
                break
            }
            at &+= 1
        }
        return at
    }

    @inline(__always)
    func load8(_ at: Int) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self))
    }

    /// The lowest set bit tells the first byte that is not plain; bits above it may be wrong.
    @inline(__always)
    static func special(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let high: UInt64 = 0x8080_8080_8080_8080
        let quote = word ^ (ones &* UInt64(Ascii.quote))
        let backslash = word ^ (ones &* UInt64(Ascii.backslash))
        let quoteHit = (quote &- ones) & ~quote
        let backslashHit = (backslash &- ones) & ~backslash
        let controlHit = (word &- ones &* 0x20) & ~word
        return (quoteHit | backslashHit | controlHit | word) & high
    }

    /// The end of the escape sequence that starts at `start`, where the backslash stands.
    func endOfEscape(from start: Int) throws(JSONFault) -> Int {
        guard start + 1 < count else { throw JSONFault(.unexpectedEnd, count) }
        switch base[start + 1] {
        case Ascii.quote, Ascii.backslash, Ascii.slash, Ascii.b, Ascii.f, Ascii.n, Ascii.r, Ascii.t:
            return start + 2
        case Ascii.u:
            let unit = try codeUnit(at: start)
            if unit & 0xF800 != 0xD800 { return start + 6 }
            // A lone surrogate is no character: parsers disagree about what to make of it.
            guard unit < 0xDC00 else { throw JSONFault(.invalidEscape, start) }
            try expect(Ascii.backslash, at: start + 6, inEscapeFrom: start)
            try expect(Ascii.u, at: start + 7, inEscapeFrom: start)
            let low = try codeUnit(at: start + 6)
            guard low & 0xFC00 == 0xDC00 else { throw JSONFault(.invalidEscape, start) }
            return start + 12
        default:
            throw JSONFault(.invalidEscape, start)
        }
    }

    private func expect(_ byte: UInt8, at place: Int, inEscapeFrom start: Int) throws(JSONFault) {
        guard place < count else { throw JSONFault(.unexpectedEnd, count) }
        guard base[place] == byte else { throw JSONFault(.invalidEscape, start) }
    }

    /// The value of `\uXXXX` whose backslash stands at `start`.
    func codeUnit(at start: Int) throws(JSONFault) -> UInt32 {
        var unit: UInt32 = 0
        for index in (start + 2)..<(start + 6) {
            guard index < count else { throw JSONFault(.unexpectedEnd, count) }
            guard let digit = Ascii.hexValue(base[index]) else {
                throw JSONFault(.invalidEscape, start)
            }
            unit = unit << 4 | digit
        }
        return unit
    }

    /// The end of the UTF-8 sequence at `start`: shortest form only, no surrogates, up to U+10FFFF.
    func endOfSequence(from start: Int) throws(JSONFault) -> Int {
        let lead = base[start]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0:
            length = 3
            second = 0xA0...0xBF
        case 0xED:
            length = 3
            second = 0x80...0x9F
        case 0xE1...0xEF: length = 3
        case 0xF0:
            length = 4
            second = 0x90...0xBF
        case 0xF1...0xF3: length = 4
        case 0xF4:
            length = 4
            second = 0x80...0x8F
        default: throw JSONFault(.invalidUTF8, start)
        }
        guard start + length <= count, second.contains(base[start + 1]) else {
            throw JSONFault(.invalidUTF8, start)
        }
        for index in (start + 2)..<(start + max(length, 2)) where base[index] & 0xC0 != 0x80 {
            throw JSONFault(.invalidUTF8, start)
        }
        return start + length
    }
}
