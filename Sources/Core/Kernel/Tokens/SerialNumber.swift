// Numbers that grow with time, for names that are to lie in storage in the order of their making.

internal import Clock
internal import Cryptography
internal import Synchronization

enum SerialNumber {
    static let characters = 9
    private static let base: UInt64 = 62
    /// What nine characters hold; microseconds reach it in the year 2398.
    static let max: UInt64 = 13_537_086_546_263_551

    private static let last = Atomic<UInt64>(0)

    /// Microseconds since 1970, or one more than the last number while the clock stands still or
    /// goes back. So no two are the same, unless the clock is set back over a restart; nothing but
    /// order may depend on them.
    static func next() -> UInt64 {
        let now = UInt64(clamping: Timestamp.now.nanoseconds / 1000)
        var seen = last.load(ordering: .relaxed)
        while true {
            let next = Swift.min(Swift.max(now, seen &+ 1), max)
            let (isMine, current) = last.weakCompareExchange(
                expected: seen, desired: next, ordering: .relaxed)
            if isMine { return next }
            seen = current
        }
    }

    /// A name that begins with a number and cannot be guessed: 24 letters and digits, 15 of them
    /// random (89 bits).
    static func name(_ number: UInt64) -> String { text(number) + Base62.random(15) }

    /// Letters and digits whose byte order is the numbers' order.
    static func text(_ number: UInt64) -> String {
        String(unsafeUninitializedCapacity: characters) { text in
            var rest = Swift.min(number, max)
            for index in (0..<characters).reversed() {
                text[index] = character(UInt8(rest % base))
                rest /= base
            }
            return characters
        }
    }

    /// The number that a text begins with.
    static func leading(_ text: Slice<UnsafeRawBufferPointer>) -> UInt64? {
        guard text.count >= characters else { return nil }
        var number: UInt64 = 0
        for byte in text.prefix(characters) {
            guard let value = value(byte) else { return nil }
            number = number * base + UInt64(value)
        }
        return number
    }

    private static func character(_ value: UInt8) -> UInt8 {
        switch value {
        case ..<10: UInt8(ascii: "0") + value
        case ..<36: UInt8(ascii: "A") + value - 10
        default: UInt8(ascii: "a") + value - 36
        }
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 36
        default: nil
        }
    }
}
