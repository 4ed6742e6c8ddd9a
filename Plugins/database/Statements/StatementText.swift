// What a statement's text stands for. It may be the statement itself, base64 of it, a JSON list of
// statements, or base64 of such a list. Roles keep and show what an operator wrote; it is read here
// when it is used.

import Cryptography
import JSON

enum StatementText {
    /// The texts that one stands for.
    static func texts(_ text: String) -> [String] { list(text) ?? [decoded(text) ?? text] }

    /// The texts of a JSON list, nil for anything else.
    static func list(_ text: String) -> [String]? {
        let plain = decoded(text) ?? text
        // No SQL begins like that, and most texts end here.
        guard plain.utf8.first(where: { $0 > 0x20 }) == UInt8(ascii: "["),
            let values = (try? JSONValue(parsing: plain))?.arrayValue
        else { return nil }
        let texts = values.compactMap(\.stringValue)
        return texts.count == values.count ? texts : nil
    }

    /// What base64 stands for. A word of SQL can look like base64 and stay what it is: what comes
    /// out has to be readable, and more than a word.
    private static func decoded(_ text: String) -> String? {
        let digits = text.utf8.filter { $0 > 0x20 }
        guard text.utf8.allSatisfy(isOfBase64),
            let bytes = Base64.decode(String(decoding: digits, as: UTF8.self)),
            bytes.allSatisfy(isReadable), bytes.contains(where: { !$0.isWordByte })
        else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Tools break long base64 into lines.
    private static func isOfBase64(_ byte: UInt8) -> Bool {
        (byte.isWordByte && byte != UInt8(ascii: "_")) || "+/=\r\n".utf8.contains(byte)
    }

    private static func isReadable(_ byte: UInt8) -> Bool {
        (byte >= 0x20 && byte != 0x7F) || "\t\r\n".utf8.contains(byte)
    }
}
