// Random text of letters and digits, as tokens and accessors carry it.

public enum Base62 {
    /// 5.95 bits of entropy a character.
    public static func random(_ count: Int) -> String {
        String(unsafeUninitializedCapacity: count) { text in
            var place = 0
            while place < count {
                var pool = SecureRandom.bytes(min((count - place) + 8, 128))
                for byte in pool where place < count && byte < 248 {
                    // 248 = 4 × 62: what is above would favour the first letters.
                    text[place] = character(Int32(byte % 62))
                    place += 1
                }
                zero(&pool)
            }
            return count
        }
    }

    @inline(__always) private static func character(_ value: Int32) -> UInt8 {
        var c = value + 48
        c += ((9 - value) >> 8) & 7
        c += ((35 - value) >> 8) & 6
        return UInt8(truncatingIfNeeded: c)
    }
}
