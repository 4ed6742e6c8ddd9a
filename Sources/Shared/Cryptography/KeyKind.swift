// Which asymmetric keys there are. What is not listed here cannot be made, read or used.

/// Kind and size of a key pair.
public enum KeyKind: Sendable, Hashable {
    /// Modulus size in bits.
    case rsa(bits: Int)
    /// For certificates only: tokens and transit have no name for it.
    case p224
    case p256
    case p384
    case p521
    case ed25519

    /// RSA sizes that keys are made and taken in. The upper end bounds the time that a signature
    /// of a stranger's key can cost.
    public static let rsaBits = 2048...8192

    /// A coordinate's or scalar's size; nil where there is none.
    var fieldByteCount: Int? {
        switch self {
        case .p224: 28
        case .p256: 32
        case .p384: 48
        case .p521: 66
        case .rsa, .ed25519: nil
        }
    }

    /// The curve by OpenSSL's name and by JOSE's, which is empty where it has none.
    var curve: (openSSL: String, jose: String)? {
        switch self {
        case .p224: ("secp224r1", "")
        case .p256: ("prime256v1", "P-256")
        case .p384: ("secp384r1", "P-384")
        case .p521: ("secp521r1", "P-521")
        case .rsa, .ed25519: nil
        }
    }

    public var isRSA: Bool {
        if case .rsa = self { true } else { false }
    }

    static let curves: [KeyKind] = [.p224, .p256, .p384, .p521]
}
