// Standard Base64 from memory to memory, eight digits at a time in one word. Like the rest of
// Base64 it is strict, and without tables or branches that depend on what the bytes are.

extension Base64 {
    /// Digits and padding that so many bytes have.
    public static func digitCount(of byteCount: Int) -> Int { (byteCount + 2) / 3 * 4 }

    /// Appends the text of the bytes.
    public static func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        let start = text.count
        text.append(contentsOf: repeatElement(0x3D, count: digitCount(of: bytes.count)))
        text.withUnsafeMutableBytes { all in
            let target = UnsafeMutableRawBufferPointer(rebasing: all[start...])
            var (from, to) = (0, 0)
            while from + 8 <= bytes.count {
                let word = UInt64(
                    bigEndian: bytes.loadUnaligned(fromByteOffset: from, as: UInt64.self))
                let digits = Digits.text(of: Digits.spread(word >> 16))
                target.storeBytes(of: digits.bigEndian, toByteOffset: to, as: UInt64.self)
                from += 6
                to += 8
            }
            while from < bytes.count {
                let count = min(3, bytes.count - from)
                var word: UInt64 = 0
                for index in 0..<3 {
                    word = word << 8 | (index < count ? UInt64(bytes[from + index]) : 0)
                }
                let digits = Digits.text(of: Digits.spread(word << 24))
                for index in 0...count {
                    target[to + index] = UInt8(truncatingIfNeeded: digits >> (56 - 8 * index))
                }
                from += count
                to += 4
            }
        }
    }

    /// Writes what the text stands for to `target` and returns how many bytes that were. Nil, and
    /// nothing left behind, unless the text is padded and canonical. `target` must have room for
    /// three bytes for each four digits.
    public static func decode(
        _ text: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) -> Int? {
        guard text.count % 4 == 0, target.count >= text.count / 4 * 3 else { return nil }
        if text.isEmpty { return 0 }
        let padding = text[text.count - 1] != 0x3D ? 0 : text[text.count - 2] != 0x3D ? 1 : 2
        let count = text.count / 4 * 3 - padding
        var bad: UInt64 = 0
        var (from, to) = (0, 0)
        while from + 12 <= text.count {
            let digits = UInt64(
                bigEndian: text.loadUnaligned(fromByteOffset: from, as: UInt64.self))
            let (values, wrong) = Digits.values(of: digits)
            bad |= wrong
            let packed = Digits.pack(values)
            target.storeBytes(
                of: UInt32(truncatingIfNeeded: packed >> 16).bigEndian, toByteOffset: to,
                as: UInt32.self)
            target.storeBytes(
                of: UInt16(truncatingIfNeeded: packed).bigEndian, toByteOffset: to + 4,
                as: UInt16.self)
            from += 8
            to += 6
        }
        while from < text.count {
            let isLast = from + 4 == text.count
            let used = isLast ? 4 - padding : 4
            var digits: UInt64 = 0
            for index in 0..<8 {
                // "A" is zero: padding leaves no bits.
                digits = digits << 8 | UInt64(index < used ? text[from + index] : 0x41)
            }
            let (values, wrong) = Digits.values(of: digits)
            bad |= wrong
            let packed = Digits.pack(values) >> 24
            let bytes = used - 1
            for index in 0..<bytes {
                target[to + index] = UInt8(truncatingIfNeeded: packed >> (16 - 8 * index))
            }
            // Bits that stand for nothing would give a value two texts.
            bad |= packed & ((1 << UInt64(24 - 8 * bytes)) - 1)
            from += 4
            to += bytes
        }
        guard bad == 0 else {
            zero(UnsafeMutableRawBufferPointer(rebasing: target[..<count]))
            return nil
        }
        return count
    }
}

/// Eight digits in a word, the first in the highest byte.
private enum Digits {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// 48 bits as eight times six.
    @inline(__always)
    static func spread(_ bits: UInt64) -> UInt64 {
        var word = (bits & 0xFFFF_FF00_0000) << 8 | bits & 0xFF_FFFF
        word = (word & 0x00FF_F000_00FF_F000) << 4 | word & 0x0000_0FFF_0000_0FFF
        return (word & 0x0FC0_0FC0_0FC0_0FC0) << 2 | word & 0x003F_003F_003F_003F
    }

    @inline(__always)
    static func pack(_ values: UInt64) -> UInt64 {
        var word = (values & 0x3F00_3F00_3F00_3F00) >> 2 | values & 0x003F_003F_003F_003F
        word = (word & 0x0FFF_0000_0FFF_0000) >> 4 | word & 0x0000_0FFF_0000_0FFF
        return (word & 0x00FF_FFFF_0000_0000) >> 8 | word & 0xFF_FFFF
    }

    /// One in each byte that is at least `bound`; bytes and bound are below 128.
    @inline(__always)
    private static func atLeast(_ bound: UInt64, _ word: UInt64) -> UInt64 {
        ((word &+ ones &* (128 - bound)) & highs) >> 7
    }

    /// No sum or difference leaves its byte.
    @inline(__always)
    static func text(of values: UInt64) -> UInt64 {
        values &+ ones &* 65 &+ atLeast(26, values) &* 6 &- atLeast(52, values) &* 75
            &- atLeast(62, values) &* 15 &+ atLeast(63, values) &* 3
    }

    /// The values, and something other than zero if a byte is no digit.
    @inline(__always)
    static func values(of text: UInt64) -> (UInt64, UInt64) {
        let plain = text & ~highs
        let plus = atLeast(43, plain) ^ atLeast(44, plain)
        let slash = atLeast(47, plain) ^ atLeast(48, plain)
        let number = atLeast(48, plain) ^ atLeast(58, plain)
        let upper = atLeast(65, plain) ^ atLeast(91, plain)
        let lower = atLeast(97, plain) ^ atLeast(123, plain)
        let wrong = (plus | slash | number | upper | lower) ^ ones | text & highs
        let raised = plain &+ plus &* 19 &+ slash &* 16 &+ number &* 4
        return ((raised &- upper &* 65 &- lower &* 71) & (ones &* 63), wrong)
    }
}
