// Hexadecimal text of keys, shares and digests, without tables: an index that depends on a secret
// would show in the cache.

public enum Hex {
    public static func encode(_ bytes: UnsafeRawBufferPointer) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { text in
            for (index, byte) in bytes.enumerated() {
                text[index * 2] = digit(Int32(byte >> 4))
                text[index * 2 + 1] = digit(Int32(byte & 15))
            }
            return bytes.count * 2
        }
    }

    public static func encode(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes { encode($0) } }

    /// Nil unless the text is an even number of hexadecimal digits, in either case.
    public static func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { decode(UnsafeRawBufferPointer($0)) }
    }

    public static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.count % 2 == 0 else { return nil }
        var bad: Int32 = 0
        var bytes = [UInt8](repeating: 0, count: text.count / 2)
        for index in bytes.indices {
            let high = value(Int32(text[index * 2]))
            let low = value(Int32(text[index * 2 + 1]))
            bad |= high | low
            bytes[index] = UInt8(truncatingIfNeeded: (high << 4) | (low & 15))
        }
        guard bad >= 0 else {
            zero(&bytes)
            return nil
        }
        return bytes
    }

    @inline(__always) static func digit(_ nibble: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: nibble + 87 + (((nibble - 10) >> 8) & -39))
    }

    /// 0...15, or -1.
    @inline(__always) static func value(_ c: Int32) -> Int32 {
        var result: Int32 = -1
        result += (((47 - c) & (c - 58)) >> 8) & (c - 47)
        result += (((96 - c) & (c - 103)) >> 8) & (c - 86)
        result += (((64 - c) & (c - 71)) >> 8) & (c - 54)
        return result
    }
}
