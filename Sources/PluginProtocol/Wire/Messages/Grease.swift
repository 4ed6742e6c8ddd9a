// A field that no schema knows. Hosts put one into `hello` and `mount`, so that a plugin that
// cannot bear unknown fields fails on its author's desk and not when the protocol grows.

public struct Grease: Sendable {
    static let fieldNumbers: ClosedRange<UInt32> = 100_000...100_999

    /// One protobuf field, tag and value; empty for none.
    let encoded: [UInt8]

    public static let none = Grease(encoded: [])

    /// A random field number, wire type and value.
    public static func random() -> Grease {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    static func random(using generator: inout some RandomNumberGenerator) -> Grease {
        let number = UInt32.random(in: fieldNumbers, using: &generator)
        let byte = UInt8.random(in: 0...127, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return Grease(encoded: tag(number, 0) + [byte])
        case 1: return Grease(encoded: tag(number, 1) + [UInt8](repeating: byte, count: 8))
        case 2: return Grease(encoded: tag(number, 2) + [3, byte, byte, byte])
        default: return Grease(encoded: tag(number, 5) + [UInt8](repeating: byte, count: 4))
        }
    }

    private static func tag(_ number: UInt32, _ wireType: UInt32) -> [UInt8] {
        var rest = number << 3 | wireType
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(truncatingIfNeeded: rest)]
    }
}

extension Grease: Equatable {
    /// Grease means nothing, so none of it differs.
    public static func == (a: Grease, b: Grease) -> Bool { true }
}
