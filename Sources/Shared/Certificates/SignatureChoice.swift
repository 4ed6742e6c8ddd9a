// With what an authority signs: the digest and, for RSA, the padding.

internal import COpenSSL
internal import Cryptography

public struct SignatureChoice: Sendable, Hashable {
    public enum Digest: Int, Sendable, Hashable {
        case sha256 = 256
        case sha384 = 384
        case sha512 = 512
    }

    /// Of RSA signatures; keys on curves have the digest of their size, Ed25519 its own.
    public var digest: Digest
    /// PSS instead of PKCS #1 v1.5, for RSA.
    public var usesPSS: Bool

    public init(digest: Digest = .sha256, usesPSS: Bool = false) {
        self.digest = digest
        self.usesPSS = usesPSS
    }

    // Fetched algorithms are immutable and live as long as the process.
    private nonisolated(unsafe) static let sha256 = EVP_MD_fetch(nil, "SHA2-256", nil)
    private nonisolated(unsafe) static let sha384 = EVP_MD_fetch(nil, "SHA2-384", nil)
    private nonisolated(unsafe) static let sha512 = EVP_MD_fetch(nil, "SHA2-512", nil)

    private func algorithm(_ kind: KeyKind) -> OpaquePointer? {
        let digest =
            switch kind {
            case .rsa: self.digest
            case .p224, .p256: Digest.sha256
            case .p384: Digest.sha384
            case .p521: Digest.sha512
            case .ed25519: Digest.sha512
            }
        return switch digest {
        case .sha256: Self.sha256
        case .sha384: Self.sha384
        case .sha512: Self.sha512
        }
    }

    /// Signs by what takes a context that has the key, the digest and the padding set.
    func sign(
        with key: PrivateKey, _ body: (OpaquePointer) -> Bool
    ) throws(CertificateError) {
        guard let context = EVP_MD_CTX_new() else { throw CertificateError.library }
        defer { EVP_MD_CTX_free(context) }
        // Belongs to the context.
        var parameters: OpaquePointer?
        let digest = key.kind == .ed25519 ? nil : algorithm(key.kind)
        guard
            EVP_DigestSignInit(context, &parameters, digest, nil, key.key.pointer) == 1,
            setPadding(parameters, key.kind), body(context)
        else { throw CertificateError.library }
    }

    private func setPadding(_ parameters: OpaquePointer?, _ kind: KeyKind) -> Bool {
        guard kind.isRSA, usesPSS else { return true }
        return EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1
            && EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1
    }
}
