// Base64 of RFC 4648, standard and URL-safe, without tables (see Hex) and strict: one value has one
// text, so a comparison of texts is a comparison of values.

public enum Base64 {
    /// Standard alphabet, padded.
    public static func encode(_ bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { encode($0) }
    }

    public static func encode(_ bytes: UnsafeRawBufferPointer) -> String {
        encode(bytes, url: false)
    }

    /// URL-safe alphabet, no padding.
    public static func encodeURL(_ bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { encode($0, url: true) }
    }

    /// Nil unless padded, with no white space and no stray bits after the last byte.
    public static func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { decode(UnsafeRawBufferPointer($0)) }
    }

    public static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var count = text.count
        let padding = UInt8(ascii: "=")
        while count > 0, text.count - count < 2, text[count - 1] == padding { count -= 1 }
        return decode(UnsafeRawBufferPointer(rebasing: text[..<count]), url: false)
    }

    /// Nil unless unpadded and canonical.
    public static func decodeURL(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { decode(UnsafeRawBufferPointer($0), url: true) }
    }

    private static func encode(_ bytes: UnsafeRawBufferPointer, url: Bool) -> String {
        let digits = (bytes.count * 8 + 5) / 6
        let size = url ? digits : (bytes.count + 2) / 3 * 4
        return String(unsafeUninitializedCapacity: size) { text in
            var bits: UInt32 = 0
            var held: UInt32 = 0
            var place = 0
            for byte in bytes {
                bits = bits << 8 | UInt32(byte)
                held += 8
                while held >= 6 {
                    held -= 6
                    text[place] = digit(Int32(truncatingIfNeeded: bits >> held & 63), url: url)
                    place += 1
                }
            }
            if held > 0 {
                text[place] = digit(Int32(truncatingIfNeeded: bits << (6 - held) & 63), url: url)
                place += 1
            }
            while place < size {
                text[place] = UInt8(ascii: "=")
                place += 1
            }
            return size
        }
    }

    private static func decode(_ digits: UnsafeRawBufferPointer, url: Bool) -> [UInt8]? {
        guard digits.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count * 3 / 4)
        var bits: UInt32 = 0
        var held: UInt32 = 0
        var bad: Int32 = 0
        for digit in digits {
            let value = value(Int32(digit), url: url)
            bad |= value
            bits = bits << 6 | UInt32(truncatingIfNeeded: value & 63)
            held += 6
            if held >= 8 {
                held -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> held))
            }
        }
        let stray = bits & ((1 << held) - 1)
        guard bad >= 0, stray == 0 else {
            zero(&bytes)
            return nil
        }
        return bytes
    }

    @inline(__always) private static func digit(_ value: Int32, url: Bool) -> UInt8 {
        var c = value + 65
        c += ((25 - value) >> 8) & 6
        c -= ((51 - value) >> 8) & 75
        c -= ((61 - value) >> 8) & (url ? 13 : 15)
        c += ((62 - value) >> 8) & (url ? 49 : 3)
        return UInt8(truncatingIfNeeded: c)
    }

    /// 0...63, or -1.
    @inline(__always) private static func value(_ c: Int32, url: Bool) -> Int32 {
        var result: Int32 = -1
        result += (((64 - c) & (c - 91)) >> 8) & (c - 64)
        result += (((96 - c) & (c - 123)) >> 8) & (c - 70)
        result += (((47 - c) & (c - 58)) >> 8) & (c + 5)
        if url {
            result += (((44 - c) & (c - 46)) >> 8) & 63
            result += (((94 - c) & (c - 96)) >> 8) & 64
        } else {
            result += (((42 - c) & (c - 44)) >> 8) & 63
            result += (((46 - c) & (c - 48)) >> 8) & 64
        }
        return result
    }
}
