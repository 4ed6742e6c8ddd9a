// A 128-bit identifier and its one text form.

public struct UUID128: Sendable, Hashable, CustomStringConvertible {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Random, marked as RFC 4122 version 4.
    public init() {
        high = SecureRandom.uint64() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        low = SecureRandom.uint64() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    public static func random() -> UUID128 { UUID128() }

    /// Nil unless there are exactly 16 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Nil unless lower-case 8-4-4-4-12: an id that has two texts can be taken for two ids.
    public init?(_ text: String) {
        var text = text
        let halves: (UInt64, UInt64)? = text.withUTF8 { characters in
            guard characters.count == 36 else { return nil }
            var value: (UInt64, UInt64) = (0, 0)
            var digits = 0
            for (index, character) in characters.enumerated() {
                if Self.isHyphen(index) {
                    guard character == UInt8(ascii: "-") else { return nil }
                    continue
                }
                let nibble = Hex.value(Int32(character))
                let isUpper = character < UInt8(ascii: "a") && nibble > 9
                guard nibble >= 0, !isUpper else { return nil }
                if digits < 16 {
                    value.0 = value.0 << 4 | UInt64(nibble)
                } else {
                    value.1 = value.1 << 4 | UInt64(nibble)
                }
                digits += 1
            }
            return value
        }
        guard let halves else { return nil }
        (high, low) = halves
    }

    public var bytes: [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> (56 - $0 % 8 * 8)) }
    }

    public var text: String {
        String(unsafeUninitializedCapacity: 36) { characters in
            var digits = 0
            for index in 0..<36 {
                if Self.isHyphen(index) {
                    characters[index] = UInt8(ascii: "-")
                    continue
                }
                let half = digits < 16 ? high : low
                let shift = UInt64(60 - digits % 16 * 4)
                characters[index] = Hex.digit(Int32(truncatingIfNeeded: half >> shift & 15))
                digits += 1
            }
            return 36
        }
    }

    public var description: String { text }

    private static func isHyphen(_ index: Int) -> Bool {
        index == 8 || index == 13 || index == 18 || index == 23
    }
}
