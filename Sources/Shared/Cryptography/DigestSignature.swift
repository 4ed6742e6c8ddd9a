// Signatures over a digest that somebody else may have computed.

import COpenSSL

/// How the digest goes into a signature.
public enum DigestScheme: Sendable, Hashable {
    /// RSASSA-PKCS1-v1_5; nil signs the bytes as they are, without the name of a digest.
    case rsaPKCS1(Digest?)
    case rsaPSS(Digest, salt: SaltLength)
    /// An ASN.1 sequence of r and s.
    case ecdsa
    /// r and s side by side, each as long as the curve's field.
    case ecdsaRaw

    public enum SaltLength: Sendable, Hashable {
        /// As long as the key allows; a check takes any.
        case automatic
        /// As long as the digest.
        case digest
        case bytes(Int)
    }

    func suits(_ kind: KeyKind) -> Bool {
        switch self {
        case .rsaPKCS1, .rsaPSS: kind.isRSA
        case .ecdsa, .ecdsaRaw: kind.curve != nil
        }
    }

    func configure(_ context: OpaquePointer, isSigning: Bool) -> Bool {
        switch self {
        case .ecdsa, .ecdsaRaw:
            return true
        case .rsaPKCS1(let digest):
            guard EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 else {
                return false
            }
            guard let digest else { return true }
            guard let algorithm = try? digest.fetched() else { return false }
            return EVP_PKEY_CTX_set_signature_md(context, algorithm) == 1
        case .rsaPSS(let digest, let salt):
            let length =
                switch salt {
                case .automatic: isSigning ? RSA_PSS_SALTLEN_MAX : RSA_PSS_SALTLEN_AUTO
                case .digest: RSA_PSS_SALTLEN_DIGEST
                case .bytes(let count): Int32(clamping: max(count, 0))
                }
            guard let algorithm = try? digest.fetched() else { return false }
            return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
                && EVP_PKEY_CTX_set_signature_md(context, algorithm) == 1
                && EVP_PKEY_CTX_set_rsa_mgf1_md(context, algorithm) == 1
                && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, length) == 1
        }
    }
}

extension PrivateKey {
    /// Fails as `tooLarge` where digest, salt and key do not fit together.
    public func sign(
        digest: [UInt8], _ scheme: DigestScheme
    ) throws(CryptoError) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Int(EVP_PKEY_get_size(key.pointer)))
        var count = signature.count
        let use = DigestContexts.Use(scheme: scheme, isSigning: true)
        try key.digestContexts.run(use, key) { (context) throws(CryptoError) in
            guard EVP_PKEY_sign(context, &signature, &count, digest, digest.count) == 1,
                count <= signature.count
            else {
                ERR_clear_error()
                throw CryptoError(.tooLarge, "digest, salt and key do not fit together")
            }
        }
        signature.removeLast(signature.count - count)
        if case .ecdsaRaw = scheme, let width = kind.fieldByteCount {
            return try ECDSASignature.raw(der: signature, fieldByteCount: width)
        }
        return signature
    }
}

extension PublicKey {
    /// Whether the signature is this key's over the digest. One of the wrong form is a wrong one.
    public func verify(
        _ signature: [UInt8], ofDigest digest: [UInt8], _ scheme: DigestScheme
    ) throws(CryptoError) -> Bool {
        var signature = signature
        if case .ecdsaRaw = scheme, let width = kind.fieldByteCount {
            guard let der = ECDSASignature.der(raw: signature, fieldByteCount: width) else {
                return false
            }
            signature = der
        }
        let use = DigestContexts.Use(scheme: scheme, isSigning: false)
        let status = try key.digestContexts.run(use, key) { (context) throws(CryptoError) in
            EVP_PKEY_verify(context, signature, signature.count, digest, digest.count)
        }
        ERR_clear_error()
        return status == 1
    }
}
