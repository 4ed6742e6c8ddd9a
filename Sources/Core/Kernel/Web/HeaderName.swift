// The name of an HTTP header (RFC 9110, 5.1).

enum HeaderName {
    static func isValid(_ name: String) -> Bool {
        (1...KernelLimits.headerNameBytes).contains(name.utf8.count)
            && name.utf8.allSatisfy(isNameByte)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// No line end and no other control character: a value cannot begin another header.
    static func isValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }
    }

    /// The usual spelling, `X-Custom-Header`: one for all that mean the same.
    static func canonical(_ name: String) -> String {
        name.lowercased().split(separator: "-", omittingEmptySubsequences: false)
            .map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: "-")
    }
}
