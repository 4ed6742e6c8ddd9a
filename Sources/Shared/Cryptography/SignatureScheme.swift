// How a signature is made: the padding or form, and the digest.

/// A scheme, and with it the kinds of keys that it is for.
public enum SignatureScheme: Sendable, Hashable {
    /// RSASSA-PKCS1-v1_5.
    case rsaPKCS1(HashAlgorithm)
    /// RSASSA-PSS; the salt is as long as the digest, the mask uses the same digest.
    case rsaPSS(HashAlgorithm)
    /// ECDSA, an ASN.1 sequence of r and s.
    case ecdsa(HashAlgorithm)
    /// ECDSA, r and s side by side, each as long as the curve's field (JOSE, IEEE P1363).
    case ecdsaRaw(HashAlgorithm)
    /// Ed25519, which hashes for itself.
    case ed25519

    func suits(_ kind: KeyKind) -> Bool {
        switch self {
        case .rsaPKCS1, .rsaPSS: kind.isRSA
        case .ecdsa, .ecdsaRaw: kind.curve != nil
        case .ed25519: kind == .ed25519
        }
    }

    var hash: HashAlgorithm? {
        switch self {
        case .rsaPKCS1(let hash), .rsaPSS(let hash), .ecdsa(let hash), .ecdsaRaw(let hash): hash
        case .ed25519: nil
        }
    }
}
