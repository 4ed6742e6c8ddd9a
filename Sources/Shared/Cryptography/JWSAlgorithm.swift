// The signature algorithms of JSON Web Signatures (RFC 7518, RFC 8037) that are in use. "none" and
// the symmetric ones are not among them, so no token can choose them.

public enum JWSAlgorithm: String, Sendable, Hashable, CaseIterable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case edDSA = "EdDSA"

    public var scheme: SignatureScheme {
        switch self {
        case .rs256: .rsaPKCS1(.sha256)
        case .rs384: .rsaPKCS1(.sha384)
        case .rs512: .rsaPKCS1(.sha512)
        case .es256: .ecdsaRaw(.sha256)
        case .es384: .ecdsaRaw(.sha384)
        case .es512: .ecdsaRaw(.sha512)
        case .edDSA: .ed25519
        }
    }

    /// The kind of key that is made for this algorithm.
    public var newKeyKind: KeyKind {
        switch self {
        case .rs256, .rs384, .rs512: .rsa(bits: 2048)
        case .es256: .p256
        case .es384: .p384
        case .es512: .p521
        case .edDSA: .ed25519
        }
    }

    /// Whether a key may be used with this algorithm: an ECDSA algorithm names its curve.
    public func suits(_ kind: KeyKind) -> Bool {
        kind.isRSA ? newKeyKind.isRSA : kind == newKeyKind
    }
}
