// Three words as a text that sorts as they do, a third shorter than in hexadecimal.

/// Six bits a character, in an alphabet whose letters stand in the order of their bytes and mean
/// nothing in a path.
enum OrderedText {
    static let characters = 32

    static func encode(_ first: UInt64, _ second: UInt64, _ third: UInt64) -> String {
        String(unsafeUninitializedCapacity: characters) { text in
            for index in 0..<characters {
                let (word, place) = (index * 6).quotientAndRemainder(dividingBy: 64)
                let (here, next) =
                    word == 0 ? (first, second) : word == 1 ? (second, third) : (third, 0)
                let bits =
                    place <= 58
                    ? here >> UInt64(58 - place)
                    : here << UInt64(place - 58) | next >> UInt64(122 - place)
                text[index] = character(UInt8(bits & 63))
            }
            return characters
        }
    }

    /// `nil` for anything that `encode` does not give.
    static func decode(_ text: String) -> (UInt64, UInt64, UInt64)? {
        var (first, second, third): (UInt64, UInt64, UInt64) = (0, 0, 0)
        var count = 0
        for byte in text.utf8 {
            guard count < characters, let value = value(byte) else { return nil }
            let bits = UInt64(value)
            // The words are one number of 192 bits that moves to the left.
            first = first << 6 | second >> 58
            second = second << 6 | third >> 58
            third = third << 6 | bits
            count += 1
        }
        return count == characters ? (first, second, third) : nil
    }

    private static func character(_ value: UInt8) -> UInt8 {
        switch value {
        case 0: UInt8(ascii: "-")
        case ..<11: UInt8(ascii: "0") + value - 1
        case ..<37: UInt8(ascii: "A") + value - 11
        case 37: UInt8(ascii: "_")
        default: UInt8(ascii: "a") + value - 38
        }
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "-"): 0
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 1
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A") + 11
        case UInt8(ascii: "_"): 37
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 38
        default: nil
        }
    }
}
