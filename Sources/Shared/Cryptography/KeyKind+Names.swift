// Kinds of keys by the names that the API has for them: `key_type` and `key_bits`.

extension KeyKind {
    /// 0 bits are the usual size. `rsaBits` are the sizes that are taken.
    public init(type: String, bits: Int, rsaBits: [Int]) throws(CryptoError) {
        switch type {
        case "rsa":
            let bits = bits == 0 ? 2048 : bits
            guard rsaBits.contains(bits) else {
                throw CryptoError(.invalidKey, "unsupported bit length for RSA key: \(bits)")
            }
            self = .rsa(bits: bits)
        case "ec":
            switch bits {
            case 224: self = .p224
            case 0, 256: self = .p256
            case 384: self = .p384
            case 521: self = .p521
            default:
                throw CryptoError(.invalidKey, "unsupported bit length for EC key: \(bits)")
            }
        case "ed25519": self = .ed25519
        default:
            throw CryptoError(.invalidKey, "unknown key type: there are rsa, ec and ed25519")
        }
    }

    public var typeName: String {
        switch self {
        case .rsa: "rsa"
        case .p224, .p256, .p384, .p521: "ec"
        case .ed25519: "ed25519"
        }
    }

    /// 0 where there is but one size.
    public var bits: Int {
        switch self {
        case .rsa(let bits): bits
        case .p224: 224
        case .p256: 256
        case .p384: 384
        case .p521: 521
        case .ed25519: 0
        }
    }
}
