// Questions about the status of certificates and their answers (OCSP, RFC 6960).

internal import COpenSSL
public import Cryptography

/// One certificate that is asked about.
public struct CertificateIdentity: Sendable, Hashable {
    /// The digest's identifier, SHA-1's nearly always.
    public let algorithm: ObjectIdentifier
    public let issuerNameHash: [UInt8]
    public let issuerKeyHash: [UInt8]
    public let serial: [UInt8]

    public static let sha1 = ObjectIdentifier(known: [0x2B, 0x0E, 3, 2, 0x1A])
    public static let sha256 = ObjectIdentifier(
        known: [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1])
}

/// What an issuer is known by in questions.
public struct IssuerIdentity: Sendable, Hashable {
    public let nameHash: [UInt8]
    public let keyHash: [UInt8]

    /// Nil for a digest that is not supported.
    public init?(_ issuer: Certificate, algorithm: ObjectIdentifier) {
        let digest: Digest
        switch algorithm {
        case CertificateIdentity.sha1: digest = .sha1
        case CertificateIdentity.sha256: digest = .sha2With256Bits
        default: return nil
        }
        var bits: UnsafePointer<UInt8>?
        var count: Int32 = 0
        guard let key = X509_get_X509_PUBKEY(issuer.pointer),
            X509_PUBKEY_get0_param(nil, &bits, &count, nil, key) == 1, let bits,
            let nameHash = try? digest.hash(issuer.subject),
            let keyHash = try? digest.hash(
                UnsafeRawBufferPointer(start: bits, count: Int(count)))
        else { return nil }
        self.nameHash = nameHash
        self.keyHash = keyHash
    }
}

public final class StatusRequest: @unchecked Sendable {
    // Unchecked: not changed after it was read.
    let pointer: OpaquePointer
    public let certificates: [CertificateIdentity]
    /// Whether the answer is to repeat a number of the asker's, so that no other answer will do.
    public let hasNonce: Bool

    public init(der: [UInt8]) throws(CertificateError) {
        guard
            let pointer = Library.decode(
                der, { d2i_OCSP_REQUEST(nil, &$0, $1) }, free: { OCSP_REQUEST_free($0) })
        else { throw CertificateError.malformed("OCSP request") }
        self.pointer = pointer
        hasNonce = OCSP_REQUEST_get_ext_by_NID(pointer, NID_id_pkix_OCSP_Nonce, -1) >= 0
        var certificates: [CertificateIdentity] = []
        for index in 0..<max(OCSP_request_onereq_count(pointer), 0) {
            guard let one = OCSP_request_onereq_get0(pointer, index),
                let id = OCSP_onereq_get0_id(one), let identity = Self.identity(id)
            else { continue }
            certificates.append(identity)
        }
        self.certificates = certificates
    }

    deinit { OCSP_REQUEST_free(pointer) }

    private static func identity(_ id: OpaquePointer) -> CertificateIdentity? {
        var nameHash: UnsafeMutablePointer<ASN1_OCTET_STRING>?
        var keyHash: UnsafeMutablePointer<ASN1_OCTET_STRING>?
        var serial: UnsafeMutablePointer<ASN1_INTEGER>?
        var algorithm: OpaquePointer?
        guard OCSP_id_get0_info(&nameHash, &algorithm, &keyHash, &serial, id) == 1,
            let oid = Library.oid(algorithm)
        else { return nil }
        return CertificateIdentity(
            algorithm: oid, issuerNameHash: Library.bytes(nameHash),
            issuerKeyHash: Library.bytes(keyHash), serial: Library.bytes(serial))
    }
}

public enum CertificateStatus: Sendable, Hashable {
    case good
    case revoked(CertificateTime)
    case unknown
}

public enum StatusResponse {
    public enum Refusal: Int32, Sendable {
        case malformedRequest = 1
        case internalError = 2
        case tryLater = 3
        case unauthorized = 6
    }

    /// An answer that says nothing but why there is none, and needs no signature.
    public static func refusal(_ reason: Refusal) throws(CertificateError) -> [UInt8] {
        guard let response = OCSP_response_create(reason.rawValue, nil) else {
            throw CertificateError.library
        }
        defer { OCSP_RESPONSE_free(response) }
        return try Library.encode { i2d_OCSP_RESPONSE(response, $0) }
    }

    /// Whose key signs an answer.
    public enum Signer: Sendable {
        /// The issuer of the certificates that are asked about, whom the asker knows.
        case issuer(Certificate)
        /// One whom the issuer has certified for this. The certificate goes along.
        case responder(Certificate)
    }

    /// The signed answer about all certificates of the request, in their order. `nextUpdate` is nil
    /// where newer information is there at any time.
    public static func sign(
        _ request: StatusRequest, _ statuses: [CertificateStatus], by signer: Signer,
        with key: PrivateKey, _ choice: SignatureChoice = SignatureChoice(),
        thisUpdate: CertificateTime, nextUpdate: CertificateTime?
    ) throws(CertificateError) -> [UInt8] {
        guard let answer = OCSP_BASICRESP_new() else { throw CertificateError.library }
        defer { OCSP_BASICRESP_free(answer) }
        let start = try thisUpdate.asn1()
        defer { ASN1_TIME_free(start) }
        let end = try nextUpdate?.asn1()
        defer { if let end { ASN1_TIME_free(end) } }
        for (index, status) in statuses.enumerated() {
            guard let one = OCSP_request_onereq_get0(request.pointer, Int32(clamping: index)),
                let id = OCSP_onereq_get0_id(one)
            else { throw CertificateError.library }
            try add(status, id, to: answer, start, end)
        }
        // Without a nonce in the request there is none in the answer, which is no error.
        guard OCSP_copy_nonce(answer, request.pointer) > 0 else { throw CertificateError.library }
        let (certificate, flags) =
            switch signer {
            case .issuer(let issuer): (issuer, UInt(OCSP_RESPID_KEY | OCSP_NOCERTS))
            case .responder(let responder): (responder, UInt(OCSP_RESPID_KEY))
            }
        try choice.sign(with: key) {
            OCSP_basic_sign_ctx(answer, certificate.pointer, $0, nil, flags) == 1
        }
        guard let response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, answer) else {
            throw CertificateError.library
        }
        defer { OCSP_RESPONSE_free(response) }
        return try Library.encode { i2d_OCSP_RESPONSE(response, $0) }
    }

    private static func add(
        _ status: CertificateStatus, _ id: OpaquePointer, to answer: OpaquePointer,
        _ start: UnsafeMutablePointer<ASN1_TIME>, _ end: UnsafeMutablePointer<ASN1_TIME>?
    ) throws(CertificateError) {
        var time: UnsafeMutablePointer<ASN1_TIME>?
        defer { if let time { ASN1_TIME_free(time) } }
        let code: Int32
        switch status {
        case .good: code = V_OCSP_CERTSTATUS_GOOD
        case .unknown: code = V_OCSP_CERTSTATUS_UNKNOWN
        case .revoked(let when):
            code = V_OCSP_CERTSTATUS_REVOKED
            time = try when.asn1()
        }
        guard
            OCSP_basic_add1_status(
                answer, id, code, OCSP_REVOKED_STATUS_NOSTATUS, time, start, end) != nil
        else { throw CertificateError.library }
    }
}
