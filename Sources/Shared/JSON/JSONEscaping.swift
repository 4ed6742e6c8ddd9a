// Strings as Go's encoder writes them with HTML escaping off: only what JSON demands is escaped.

enum JSONEscaping {
    static func append(_ value: String, to bytes: inout [UInt8]) {
        var value = value
        value.withUTF8 { append($0, to: &bytes) }
    }

    private static func append(_ value: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(Ascii.quote)
        if let text = JSONText(UnsafeRawBufferPointer(value)) {
            var start = 0
            var at = 0
            while true {
                at = text.endOfPlainRun(from: at)
                guard at < text.count else { break }
                let byte = text[at]
                if byte < 0x80 {
                    bytes.append(contentsOf: value[start..<at])
                    appendEscape(of: byte, to: &bytes)
                    start = at + 1
                }
                at += 1
            }
            bytes.append(contentsOf: value[start..<text.count])
        }
        bytes.append(Ascii.quote)
    }

    private static func appendEscape(of byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(Ascii.backslash)
        switch byte {
        case Ascii.quote, Ascii.backslash: bytes.append(byte)
        case 0x08: bytes.append(Ascii.b)
        case 0x0C: bytes.append(Ascii.f)
        case Ascii.newline: bytes.append(Ascii.n)
        case Ascii.carriageReturn: bytes.append(Ascii.r)
        case Ascii.tab: bytes.append(Ascii.t)
        default:
            bytes.append(contentsOf: [Ascii.u, Ascii.zero, Ascii.zero])
            bytes.append(hexDigit(byte >> 4))
            bytes.append(hexDigit(byte & 0xF))
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? Ascii.zero + value : 0x61 + value - 10
    }
}
