// A certificate that was read.

internal import COpenSSL
public import Cryptography

public final class Certificate: @unchecked Sendable {
    // Unchecked: the object is not changed after it was read, and OpenSSL's caches have a lock.
    let pointer: OpaquePointer
    public let der: [UInt8]
    /// Big-endian, without a sign.
    public let serial: [UInt8]
    public let notBefore: CertificateTime
    public let notAfter: CertificateTime
    /// DER.
    public let subject: [UInt8]
    /// DER.
    public let issuer: [UInt8]
    public let extensions: [CertificateExtension]

    public init(der: [UInt8]) throws(CertificateError) {
        guard
            let pointer = Library.decode(der, { d2i_X509(nil, &$0, $1) }, free: { X509_free($0) })
        else { throw CertificateError.malformed("certificate") }
        self.pointer = pointer
        self.der = der
        do throws(CertificateError) {
            notBefore = try CertificateTime(X509_get0_notBefore(pointer))
            notAfter = try CertificateTime(X509_get0_notAfter(pointer))
            subject = try Library.encode { i2d_X509_NAME(X509_get_subject_name(pointer), $0) }
            issuer = try Library.encode { i2d_X509_NAME(X509_get_issuer_name(pointer), $0) }
        } catch {
            X509_free(pointer)
            throw error
        }
        serial = Library.digits(X509_get0_serialNumber(pointer))
        extensions = Library.extensions(X509_get0_extensions(pointer))
    }

    deinit { X509_free(pointer) }

    public func value(_ oid: ObjectIdentifier) -> [UInt8]? {
        extensions.first { $0.oid == oid }?.value
    }

    public var subjectName: DistinguishedName? { try? DistinguishedName(der: subject) }
    public var issuerName: DistinguishedName? { try? DistinguishedName(der: issuer) }

    /// Whether it may sign certificates; the depth below it is nil where it is not bounded.
    public var authority: (isAuthority: Bool, pathLength: Int?) {
        let said = value(.basicConstraints).flatMap { try? BasicConstraints(der: $0) }
        return (said?.isAuthority ?? false, said?.pathLength)
    }

    public var subjectKeyIdentifier: [UInt8]? {
        guard let value = value(.subjectKeyIdentifier) else { return nil }
        var reader = DERReader(value)
        return (try? reader.content(DERTag.octetString)).map { Array($0) }
    }

    public var authorityKeyIdentifier: [UInt8]? {
        guard let value = value(.authorityKeyIdentifier) else { return nil }
        var reader = DERReader(value)
        guard var inner = try? reader.sequence(), inner.nextTag == DERTag.context(0) else {
            return nil
        }
        return (try? inner.content(DERTag.context(0))).map { Array($0) }
    }

    public var keyUsage: Set<KeyUsage>? {
        guard let value = value(.keyUsage) else { return nil }
        var reader = DERReader(value)
        return (try? reader.namedBits()).map { Set($0.compactMap(KeyUsage.init(rawValue:))) }
    }

    public var alternativeNames: [GeneralName] {
        value(.subjectAltName).flatMap { try? GeneralName.decode($0) } ?? []
    }

    public var isSelfIssued: Bool { subject == issuer }

    /// Fails for a key of a kind or size that is not taken.
    public func publicKey() throws(CertificateError) -> PublicKey {
        guard let key = X509_get_pubkey(pointer) else { throw CertificateError.unsuitable }
        do throws(CryptoError) { return PublicKey(try EVPKey(owning: key)) } catch {
            throw CertificateError.unsuitable
        }
    }

    public func hasKey(of key: PrivateKey) -> Bool {
        guard let own = X509_get0_pubkey(pointer) else { return false }
        defer { ERR_clear_error() }
        return EVP_PKEY_eq(own, key.key.pointer) == 1
    }

    public func hasSameKey(as other: Certificate) -> Bool {
        guard let own = X509_get0_pubkey(pointer), let others = X509_get0_pubkey(other.pointer)
        else { return false }
        defer { ERR_clear_error() }
        return EVP_PKEY_eq(own, others) == 1
    }

    /// Whether the other's key made this certificate's signature, and the names fit.
    public func isSigned(by issuer: Certificate) -> Bool {
        guard self.issuer == issuer.subject, let key = X509_get0_pubkey(issuer.pointer) else {
            return false
        }
        defer { ERR_clear_error() }
        return X509_verify(pointer, key) == 1
    }

    /// The name of its key's algorithm, and its size.
    public var keyDescription: (type: String, bits: Int)? {
        guard let kind = try? publicKey().kind else { return nil }
        return switch kind {
        case .rsa(let bits): ("rsa", bits)
        case .p224: ("ec", 224)
        case .p256: ("ec", 256)
        case .p384: ("ec", 384)
        case .p521: ("ec", 521)
        case .ed25519: ("ed25519", 0)
        }
    }
}

extension CertificateError {
    static var unsuitable: CertificateError {
        ERR_clear_error()
        return CertificateError(
            .unsuitableKey, "the key is of a kind or size that is not supported")
    }
}
