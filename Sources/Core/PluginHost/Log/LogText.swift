// Makes text of a stranger fit to stand in the log: no control characters, no tokens.

import Paths

enum LogText {
    /// Control and direction-changing characters become escapes, so that a plugin can neither forge
    /// a line of the log nor send commands to the terminal that shows it; tokens lose what makes
    /// them one.
    static func safe(_ bytes: some Sequence<UInt8>, longestBytes: Int) -> String {
        let text = String(decoding: Array(bytes.lazy.prefix(longestBytes)), as: UTF8.self)
        return VisibleText.escaping(redactTokens(text))
    }

    /// `hvs.…`, `hvb.…`, `hvr.…`: the core never gives a plugin one, but a user may have typed
    /// it into a field.
    private static func redactTokens(_ text: String) -> String {
        let utf8 = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        var found = false
        while index < utf8.count {
            if utf8.count - index > 12, utf8[index] == UInt8(ascii: "h"),
                utf8[index + 1] == UInt8(ascii: "v"),
                [UInt8(ascii: "s"), UInt8(ascii: "b"), UInt8(ascii: "r")].contains(utf8[index + 2]),
                utf8[index + 3] == UInt8(ascii: ".")
            {
                var end = index + 4
                while end < utf8.count, isTokenByte(utf8[end]) { end += 1 }
                if end - index > 12 {
                    found = true
                    result += utf8[index..<(index + 4)]
                    result += "<redacted>".utf8
                    index = end
                    continue
                }
            }
            result.append(utf8[index])
            index += 1
        }
        return found ? String(decoding: result, as: UTF8.self) : text
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
