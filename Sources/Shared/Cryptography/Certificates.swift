// Certificates and requests for them (X.509, PKCS #10), as far as a holder of keys needs them.

import COpenSSL

public enum CertificateRequest {
    /// A signed request in DER: the template's, or an empty one, with this key in it. The
    /// template's own signature does not count, since its key is replaced.
    public static func sign(
        template: [UInt8]?, with key: PrivateKey
    ) throws(CryptoError) -> [UInt8] {
        let request = try template.map(read) ?? X509_REQ_new()
        guard let request else { throw EVPKey.libraryFailure }
        defer { X509_REQ_free(request) }
        // Ed25519 takes no digest.
        let digest =
            key.kind == .ed25519 ? nil : try Digest.sha2With256Bits.fetched()
        guard X509_REQ_set_version(request, 0) == 1,
            X509_REQ_set_pubkey(request, key.key.pointer) == 1,
            X509_REQ_sign(request, key.key.pointer, digest) > 0
        else { throw EVPKey.libraryFailure }
        let size = Int(i2d_X509_REQ(request, nil))
        guard size > 0 else { throw EVPKey.libraryFailure }
        var bytes = [UInt8](repeating: 0, count: size)
        let written = bytes.withUnsafeMutableBufferPointer { buffer in
            var place = buffer.baseAddress
            return Int(i2d_X509_REQ(request, &place))
        }
        guard written == size else { throw EVPKey.libraryFailure }
        return bytes
    }

    private static func read(_ bytes: [UInt8]) throws(CryptoError) -> OpaquePointer {
        let request = bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var place = buffer.baseAddress
            guard let request = d2i_X509_REQ(nil, &place, buffer.count) else { return nil }
            guard let start = buffer.baseAddress, place == start + buffer.count else {
                X509_REQ_free(request)
                return nil
            }
            return request
        }
        guard let request else {
            ERR_clear_error()
            throw CryptoError(.invalidKey, "the bytes are no certificate request")
        }
        return request
    }
}

/// Certificates of which each was signed with the next one's key.
public struct CertificateChain: Sendable {
    /// In DER, the holder's own first.
    public let certificates: [[UInt8]]
    /// Of the first certificate, as SubjectPublicKeyInfo.
    public let publicKey: [UInt8]

    public init(_ certificates: [[UInt8]]) throws(CryptoError) {
        var parsed: [OpaquePointer] = []
        defer { for certificate in parsed { X509_free(certificate) } }
        for bytes in certificates { parsed.append(try Self.read(bytes)) }
        guard let first = parsed.first else { throw Self.broken }
        for (certificate, issuer) in zip(parsed, parsed.dropFirst()) {
            guard X509_check_issued(issuer, certificate) == X509_V_OK,
                X509_verify(certificate, X509_get0_pubkey(issuer)) == 1
            else { throw Self.broken }
        }
        guard let key = X509_get_pubkey(first) else { throw Self.broken }
        publicKey = try PublicKey(EVPKey(owning: key)).subjectPublicKeyInfo()
        self.certificates = certificates
    }

    private static var broken: CryptoError {
        ERR_clear_error()
        return CryptoError(
            .invalidKey, "the certificates are no chain in which the next one signed each")
    }

    private static func read(_ bytes: [UInt8]) throws(CryptoError) -> OpaquePointer {
        let certificate = bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var place = buffer.baseAddress
            guard let certificate = d2i_X509(nil, &place, buffer.count) else { return nil }
            guard let start = buffer.baseAddress, place == start + buffer.count else {
                X509_free(certificate)
                return nil
            }
            return certificate
        }
        guard let certificate else { throw broken }
        return certificate
    }
}
