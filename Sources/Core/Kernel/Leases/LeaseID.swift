// The name of a lease: the path of the request that made the secret, and an end of its own.

/// `<path of the request>/<24 letters and digits>`, and after a dot the namespace's id if that is
/// not the root.
///
/// The end alone is unique and cannot be guessed (89 random bits). It begins with its time, so that
/// leases lie in storage in the order of their making. The path is what operators list and revoke
/// by.
struct LeaseID: Sendable {
    static let suffixCharacters = 24

    let text: String
    let suffix: String

    /// A new lease of a secret that was read at `path`.
    init(path: String, in namespace: Namespace) {
        suffix = SerialNumber.name(SerialNumber.next()) + namespace.idSuffix
        let slashes = path.utf8.reversed().prefix { $0 == UInt8(ascii: "/") }.count
        text = (String(path.utf8.dropLast(slashes)) ?? path) + "/" + suffix
    }

    /// From what somebody says is a lease id; `nil` if it cannot be one.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= KernelLimits.leaseIDBytes,
            let slash = bytes.lastIndex(of: UInt8(ascii: "/")), slash > 0
        else { return nil }
        let end = bytes[(slash + 1)...]
        let own = end.prefix(Self.suffixCharacters)
        let namespace = end.dropFirst(Self.suffixCharacters)
        guard own.count == Self.suffixCharacters, own.allSatisfy(Self.isLetterOrDigit),
            namespace.isEmpty
                || (namespace.first == UInt8(ascii: ".")
                    && namespace.count == Namespace.idCharacters + 1
                    && namespace.dropFirst().allSatisfy(Self.isLetterOrDigit)),
            (try? MountStorage.check(text)) != nil
        else { return nil }
        self.text = text
        suffix = String(decoding: end, as: UTF8.self)
    }

    /// The path of the request that made it.
    var path: String { String(text.utf8.dropLast(suffix.utf8.count + 1)) ?? "" }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }
}
