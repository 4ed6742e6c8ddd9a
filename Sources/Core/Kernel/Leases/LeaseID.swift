// The name of a lease: the path of the request that made the secret, and an end of its own.

/// `<path of the request>/<24 letters and digits>`.
///
/// The end alone is unique and cannot be guessed (89 random bits). It begins with its time, so that
/// leases lie in storage in the order of their making. The path is what operators list and revoke
/// by.
struct LeaseID: Sendable {
    static let suffixCharacters = 24

    let text: String
    let suffix: String

    /// A new lease of a secret that was read at `path`.
    init(path: String) {
        suffix = SerialNumber.name(SerialNumber.next())
        let slashes = path.utf8.reversed().prefix { $0 == UInt8(ascii: "/") }.count
        text = (String(path.utf8.dropLast(slashes)) ?? path) + "/" + suffix
    }

    /// From what somebody says is a lease id; `nil` if it cannot be one.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count > Self.suffixCharacters + 1, bytes.count <= KernelLimits.leaseIDBytes,
            bytes[bytes.count - Self.suffixCharacters - 1] == UInt8(ascii: "/"),
            bytes.suffix(Self.suffixCharacters).allSatisfy(Self.isLetterOrDigit),
            (try? MountStorage.check(text)) != nil
        else { return nil }
        self.text = text
        suffix = String(decoding: bytes.suffix(Self.suffixCharacters), as: UTF8.self)
    }

    /// The path of the request that made it.
    var path: String { String(text.utf8.dropLast(Self.suffixCharacters + 1)) ?? "" }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }
}
