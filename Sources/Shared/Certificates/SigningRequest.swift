// A certificate signing request (PKCS #10): read as a stranger's, or made for a key of our own.

internal import COpenSSL
public import Cryptography

public struct SigningRequest: Sendable {
    /// DER.
    public let subject: [UInt8]
    public let publicKey: PublicKey
    public let extensions: [CertificateExtension]

    /// Reads one whose signature proves that its sender has the key. The key's size is looked at
    /// first: a check with a huge modulus would take long.
    public init(der: [UInt8]) throws(CertificateError) {
        if let parts = CurveRequest(der: der) {
            guard parts.isSignedByItself else { throw Self.notSigned }
            self.init(
                subject: parts.subject, publicKey: parts.publicKey, extensions: parts.extensions)
        } else {
            try self.init(byOpenSSL: der)
        }
    }

    private init(
        subject: [UInt8], publicKey: PublicKey, extensions: [CertificateExtension]
    ) {
        self.subject = subject
        self.publicKey = publicKey
        self.extensions = extensions
    }

    init(byOpenSSL der: [UInt8]) throws(CertificateError) {
        guard
            let request = Library.decode(
                der, { d2i_X509_REQ(nil, &$0, $1) }, free: { X509_REQ_free($0) })
        else { throw CertificateError.malformed("certificate request") }
        defer { X509_REQ_free(request) }
        guard let key = X509_REQ_get_pubkey(request) else { throw CertificateError.unsuitable }
        do throws(CryptoError) { publicKey = PublicKey(try EVPKey(owning: key)) } catch {
            throw CertificateError.unsuitable
        }
        guard X509_REQ_verify(request, publicKey.key.pointer) == 1 else {
            ERR_clear_error()
            throw Self.notSigned
        }
        subject = try Library.encode { i2d_X509_NAME(X509_REQ_get_subject_name(request), $0) }
        let stack = X509_REQ_get_extensions(request)
        defer { Self.free(stack) }
        extensions = Library.extensions(stack)
        ERR_clear_error()
    }

    private static let notSigned = CertificateError(
        .invalidValue, "request signature invalid: it was not made with the request's key")

    public var subjectName: DistinguishedName? { try? DistinguishedName(der: subject) }

    public func value(_ oid: ObjectIdentifier) -> [UInt8]? {
        extensions.first { $0.oid == oid }?.value
    }

    public func alternativeNames() throws(CertificateError) -> [GeneralName] {
        try value(.subjectAltName).map(GeneralName.decode) ?? []
    }

    /// A request in DER.
    public static func sign(
        subject: [UInt8], extensions: [CertificateExtension], with key: PrivateKey,
        _ choice: SignatureChoice = SignatureChoice()
    ) throws(CertificateError) -> [UInt8] {
        guard let request = X509_REQ_new() else { throw CertificateError.library }
        defer { X509_REQ_free(request) }
        let name = try Library.name(subject)
        defer { X509_NAME_free(name) }
        guard X509_REQ_set_version(request, 0) == 1,
            X509_REQ_set_subject_name(request, name) == 1,
            X509_REQ_set_pubkey(request, key.key.pointer) == 1
        else { throw CertificateError.library }
        if !extensions.isEmpty { try add(extensions, to: request) }
        try choice.sign(with: key) { X509_REQ_sign_ctx(request, $0) > 0 }
        return try Library.encode { i2d_X509_REQ(request, $0) }
    }

    private static func add(
        _ extensions: [CertificateExtension], to request: OpaquePointer
    ) throws(CertificateError) {
        guard let stack = OPENSSL_sk_new_null() else { throw CertificateError.library }
        defer { free(stack) }
        for value in extensions {
            try Library.add(value) { pointer in
                guard let copy = X509_EXTENSION_dup(pointer) else { return false }
                if OPENSSL_sk_push(stack, UnsafeRawPointer(copy)) > 0 { return true }
                X509_EXTENSION_free(copy)
                return false
            }
        }
        guard X509_REQ_add_extensions(request, stack) == 1 else { throw CertificateError.library }
    }

    private static func free(_ stack: OpaquePointer?) {
        guard let stack else { return }
        while let element = OPENSSL_sk_pop(stack) { X509_EXTENSION_free(OpaquePointer(element)) }
        OPENSSL_sk_free(stack)
    }
}
