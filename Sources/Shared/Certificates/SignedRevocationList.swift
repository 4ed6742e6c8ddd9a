// A revocation list that was read.

internal import COpenSSL
internal import Cryptography

public struct SignedRevocationList: Sendable {
    public let entries: [RevocationList.Entry]

    /// Reads a list that the issuer signed; another's is refused.
    public init(der: [UInt8], signedBy issuer: Certificate) throws(CertificateError) {
        guard
            let list = Library.decode(
                der, { d2i_X509_CRL(nil, &$0, $1) }, free: { X509_CRL_free($0) })
        else { throw CertificateError.malformed("revocation list") }
        defer { X509_CRL_free(list) }
        let name = try Library.encode { i2d_X509_NAME(X509_CRL_get_issuer(list), $0) }
        let key = try issuer.publicKey()
        guard name == issuer.subject, X509_CRL_verify(list, key.key.pointer) == 1 else {
            ERR_clear_error()
            throw CertificateError(
                .invalidValue, "the revocation list was not signed by this issuer")
        }
        entries = try Self.entries(X509_CRL_get_REVOKED(list))
    }

    private static func entries(
        _ stack: OpaquePointer?
    ) throws(CertificateError) -> [RevocationList.Entry] {
        guard let stack else { return [] }
        var entries: [RevocationList.Entry] = []
        for index in 0..<max(OPENSSL_sk_num(stack), 0) {
            guard let element = OPENSSL_sk_value(stack, index) else { continue }
            let revoked = OpaquePointer(element)
            entries.append(
                RevocationList.Entry(
                    serial: Library.digits(X509_REVOKED_get0_serialNumber(revoked)),
                    revoked: try CertificateTime(X509_REVOKED_get0_revocationDate(revoked)),
                    extensions: Library.extensions(X509_REVOKED_get0_extensions(revoked))))
        }
        return entries
    }
}
