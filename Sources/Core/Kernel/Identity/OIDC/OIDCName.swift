// Names of keys and roles for identity tokens.

/// Letters, digits, "_", "-" and ".", beginning and ending in a letter, digit or "_", as Vault's
/// generic names are. It is one storage name and one path segment by construction.
struct OIDCName: Sendable, Hashable {
    let text: String

    static let `default` = OIDCName(known: "default")

    init(_ text: String) throws(BackendFailure) {
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last, Self.isWord(first),
            Self.isWord(last), bytes.count <= KernelLimits.identityTokenNameBytes,
            bytes.allSatisfy({ Self.isWord($0) || $0 == 0x2D || $0 == 0x2E })
        else {
            throw BackendFailure(
                .invalidRequest,
                "a name has up to 256 letters, digits, \"_\", \"-\" and \".\", and begins and ends "
                    + "in a letter, digit or \"_\"")
        }
        self.text = text
    }

    private init(known text: String) { self.text = text }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
        default: false
        }
    }
}
