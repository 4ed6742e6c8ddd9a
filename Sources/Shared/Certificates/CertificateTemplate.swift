// What becomes a certificate when it is signed.

internal import COpenSSL
public import Cryptography

public struct CertificateTemplate: Sendable {
    /// Positive, at most twenty octets (RFC 5280, 4.1.2.2).
    public var serial: [UInt8]
    /// DER.
    public var issuer: [UInt8]
    /// DER.
    public var subject: [UInt8]
    public var notBefore: CertificateTime
    public var notAfter: CertificateTime
    public var publicKey: PublicKey
    /// The key identifiers are not among them: they are added.
    public var extensions: [CertificateExtension] = []
    /// Nil for what the key hashes to.
    public var subjectKeyIdentifier: [UInt8]?
    /// Nil for the certificate's own.
    public var authorityKeyIdentifier: [UInt8]?

    public init(
        serial: [UInt8], issuer: [UInt8], subject: [UInt8], notBefore: CertificateTime,
        notAfter: CertificateTime, publicKey: PublicKey
    ) {
        self.serial = serial
        self.issuer = issuer
        self.subject = subject
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.publicKey = publicKey
    }

    /// 20 octets of which the first bit is never set and the first byte never zero: 158 random
    /// bits, so no two are alike.
    public static func randomSerial() -> [UInt8] {
        var bytes = SecureRandom.bytes(20)
        bytes[0] = bytes[0] & 0x3F | 0x40
        return bytes
    }

    /// The certificate in DER.
    public func sign(
        with key: PrivateKey, _ choice: SignatureChoice = SignatureChoice()
    ) throws(CertificateError) -> [UInt8] {
        guard let certificate = X509_new() else { throw CertificateError.library }
        defer { X509_free(certificate) }
        guard X509_set_version(certificate, 2) == 1 else { throw CertificateError.library }
        try publicKey.put(into: certificate)
        try Library.withInteger(serial) { X509_set_serialNumber(certificate, $0) == 1 }
        try setNames(of: certificate)
        try setValidity(of: certificate)
        let own: [UInt8]
        if let subjectKeyIdentifier {
            own = subjectKeyIdentifier
        } else {
            own = try KeyIdentifier.of(certificate)
        }
        let identifiers = [
            CertificateExtension.subjectKeyIdentifier(own),
            .authorityKeyIdentifier(authorityKeyIdentifier ?? own),
        ]
        for value in extensions + identifiers {
            try Library.add(value) { X509_add_ext(certificate, $0, -1) == 1 }
        }
        try choice.sign(with: key) { X509_sign_ctx(certificate, $0) > 0 }
        return try Library.encode { i2d_X509(certificate, $0) }
    }

    private func setNames(of certificate: OpaquePointer) throws(CertificateError) {
        let issuer = try Library.name(issuer)
        defer { X509_NAME_free(issuer) }
        let subject = try Library.name(subject)
        defer { X509_NAME_free(subject) }
        guard X509_set_issuer_name(certificate, issuer) == 1,
            X509_set_subject_name(certificate, subject) == 1
        else { throw CertificateError.library }
    }

    private func setValidity(of certificate: OpaquePointer) throws(CertificateError) {
        let start = try notBefore.asn1()
        defer { ASN1_TIME_free(start) }
        let end = try notAfter.asn1()
        defer { ASN1_TIME_free(end) }
        guard X509_set1_notBefore(certificate, start) == 1,
            X509_set1_notAfter(certificate, end) == 1
        else { throw CertificateError.library }
    }
}

/// Keys by the SHA-1 of their bits (RFC 5280, 4.2.1.2, method 1).
public enum KeyIdentifier {
    static func of(_ certificate: OpaquePointer) throws(CertificateError) -> [UInt8] {
        guard let key = X509_get_X509_PUBKEY(certificate) else { throw CertificateError.library }
        return try hash(publicKey: key)
    }

    static func hash(publicKey key: OpaquePointer) throws(CertificateError) -> [UInt8] {
        var bits: UnsafePointer<UInt8>?
        var count: Int32 = 0
        guard X509_PUBKEY_get0_param(nil, &bits, &count, nil, key) == 1, let bits else {
            throw CertificateError.library
        }
        do throws(CryptoError) {
            return try Digest.sha1.hash(UnsafeRawBufferPointer(start: bits, count: Int(count)))
        } catch { throw CertificateError.library }
    }

    public static func of(_ key: PublicKey) throws(CertificateError) -> [UInt8] {
        var pointer: OpaquePointer?
        guard X509_PUBKEY_set(&pointer, key.key.pointer) == 1, let pointer else {
            throw CertificateError.library
        }
        defer { X509_PUBKEY_free(pointer) }
        return try hash(publicKey: pointer)
    }
}
