// Whether a certificate leads to another: by its names, its keys' identifiers, its signature, or
// all of that over a chain.

internal import COpenSSL
internal import Cryptography

extension Certificate {
    /// Whether the other's key made this certificate's signature, whatever the names are.
    public func hasSignature(by other: Certificate) -> Bool {
        guard let key = X509_get0_pubkey(other.pointer) else { return false }
        defer { ERR_clear_error() }
        return X509_verify(pointer, key) == 1
    }

    /// Whether someone who trusts the anchor, and nothing else, trusts this certificate now when
    /// it comes with that chain (RFC 5280, 6). The anchor need not be a root.
    public func isTrusted(through chain: [Certificate], by anchor: Certificate) -> Bool {
        defer { ERR_clear_error() }
        guard let store = X509_STORE_new() else { return false }
        defer { X509_STORE_free(store) }
        guard let context = X509_STORE_CTX_new(), let untrusted = OPENSSL_sk_new_null() else {
            return false
        }
        defer {
            X509_STORE_CTX_free(context)
            // The certificates stay their owners'.
            OPENSSL_sk_free(untrusted)
        }
        for certificate in chain {
            guard OPENSSL_sk_push(untrusted, UnsafeRawPointer(certificate.pointer)) > 0 else {
                return false
            }
        }
        guard X509_STORE_add_cert(store, anchor.pointer) == 1,
            X509_STORE_CTX_init(context, store, pointer, untrusted) == 1
        else { return false }
        X509_STORE_CTX_set_flags(context, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        return withExtendedLifetime((self, chain, anchor)) { X509_verify_cert(context) == 1 }
    }

    /// The digest of an RSA signature, and whether it is PSS; nil for other signatures.
    public var rsaSignature: SignatureChoice? {
        var (digest, algorithm): (Int32, Int32) = (0, 0)
        guard X509_get_signature_info(pointer, &digest, &algorithm, nil, nil) == 1,
            algorithm == NID_rsaEncryption || algorithm == NID_rsassaPss
        else {
            ERR_clear_error()
            return nil
        }
        let isPSS = algorithm == NID_rsassaPss
        return switch digest {
        case NID_sha256: SignatureChoice(digest: .sha256, usesPSS: isPSS)
        case NID_sha384: SignatureChoice(digest: .sha384, usesPSS: isPSS)
        case NID_sha512: SignatureChoice(digest: .sha512, usesPSS: isPSS)
        default: nil
        }
    }

    /// The purposes that it is bound to, if it is to any.
    public var extendedKeyUsage: [ObjectIdentifier] {
        guard let value = value(.extendedKeyUsage) else { return [] }
        var reader = DERReader(value)
        var usages: [ObjectIdentifier] = []
        guard var inner = try? reader.sequence() else { return [] }
        while !inner.isAtEnd, let usage = try? inner.oid() { usages.append(usage) }
        return usages
    }
}
