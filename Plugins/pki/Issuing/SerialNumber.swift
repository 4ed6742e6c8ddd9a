// Serial numbers of certificates as text with colons.

import Cryptography

enum SerialNumber {
    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let bytes = bytes.isEmpty ? [0] : bytes
        return String(unsafeUninitializedCapacity: bytes.count * 3 - 1) { text in
            var place = 0
            for (index, byte) in bytes.enumerated() {
                if index > 0 {
                    text[place] = UInt8(ascii: ":")
                    place += 1
                }
                text[place] = digits[Int(byte >> 4)]
                text[place + 1] = digits[Int(byte & 15)]
                place += 2
            }
            return place
        }
    }

    /// The one text of a number that a client wrote with colons, hyphens or neither; nil for what
    /// is no serial number.
    static func normal(_ text: String) -> String? {
        let digits = text.lowercased().utf8.filter {
            $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ")
        }
        guard !digits.isEmpty, digits.count <= Limits.maxSerialBytes * 2 + 2,
            let bytes = Hex.decode(String(decoding: digits, as: UTF8.self))
        else { return nil }
        return Self.text(bytes)
    }

    static func bytes(_ text: String) -> [UInt8]? {
        Hex.decode(text.replacing(":", with: ""))
    }
}
