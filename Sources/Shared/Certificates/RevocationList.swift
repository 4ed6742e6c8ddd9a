// Certificate revocation lists (RFC 5280, 5), complete and delta.

internal import COpenSSL
public import Cryptography

public struct RevocationList: Sendable {
    public struct Entry: Sendable, Hashable {
        public var serial: [UInt8]
        public var revoked: CertificateTime
        public var extensions: [CertificateExtension]

        public init(
            serial: [UInt8], revoked: CertificateTime, extensions: [CertificateExtension] = []
        ) {
            self.serial = serial
            self.revoked = revoked
            self.extensions = extensions
        }
    }

    /// DER.
    public var issuer: [UInt8]
    public var authorityKeyIdentifier: [UInt8]
    public var number: UInt64
    /// Nil for a complete list.
    public var baseNumber: UInt64?
    public var thisUpdate: CertificateTime
    public var nextUpdate: CertificateTime
    public var entries: [Entry]
    /// Where deltas of a complete list are.
    public var freshest: [String] = []
    /// Beside those that follow from the rest.
    public var extensions: [CertificateExtension] = []

    public init(
        issuer: [UInt8], authorityKeyIdentifier: [UInt8], number: UInt64, baseNumber: UInt64? = nil,
        thisUpdate: CertificateTime, nextUpdate: CertificateTime, entries: [Entry]
    ) {
        self.issuer = issuer
        self.authorityKeyIdentifier = authorityKeyIdentifier
        self.number = number
        self.baseNumber = baseNumber
        self.thisUpdate = thisUpdate
        self.nextUpdate = nextUpdate
        self.entries = entries
    }

    /// The list in DER.
    public func sign(
        with key: PrivateKey, _ choice: SignatureChoice = SignatureChoice()
    ) throws(CertificateError) -> [UInt8] {
        guard let list = X509_CRL_new() else { throw CertificateError.library }
        defer { X509_CRL_free(list) }
        let name = try Library.name(issuer)
        defer { X509_NAME_free(name) }
        let (start, end) = (try thisUpdate.asn1(), try nextUpdate.asn1())
        defer {
            ASN1_TIME_free(start)
            ASN1_TIME_free(end)
        }
        guard X509_CRL_set_version(list, 1) == 1, X509_CRL_set_issuer_name(list, name) == 1,
            X509_CRL_set1_lastUpdate(list, start) == 1, X509_CRL_set1_nextUpdate(list, end) == 1
        else { throw CertificateError.library }
        for entry in entries { try Self.add(entry, to: list) }
        // By number, as those who look for one expect it.
        X509_CRL_sort(list)
        var extensions = [
            CertificateExtension.authorityKeyIdentifier(authorityKeyIdentifier), .crlNumber(number),
        ]
        if let baseNumber { extensions.append(.deltaCRLIndicator(base: baseNumber)) }
        if !freshest.isEmpty {
            extensions.append(.distributionPoints(freshest, oid: .freshestCRL))
        }
        for value in extensions + self.extensions {
            try Library.add(value) { X509_CRL_add_ext(list, $0, -1) == 1 }
        }
        try choice.sign(with: key) { X509_CRL_sign_ctx(list, $0) > 0 }
        return try Library.encode { i2d_X509_CRL(list, $0) }
    }

    private static func add(_ entry: Entry, to list: OpaquePointer) throws(CertificateError) {
        guard let revoked = X509_REVOKED_new() else { throw CertificateError.library }
        var isKept = false
        defer { if !isKept { X509_REVOKED_free(revoked) } }
        try Library.withInteger(entry.serial) { X509_REVOKED_set_serialNumber(revoked, $0) == 1 }
        for value in entry.extensions {
            try Library.add(value) { X509_REVOKED_add_ext(revoked, $0, -1) == 1 }
        }
        let time = try entry.revoked.asn1()
        defer { ASN1_TIME_free(time) }
        guard X509_REVOKED_set_revocationDate(revoked, time) == 1,
            X509_CRL_add0_revoked(list, revoked) == 1
        else { throw CertificateError.library }
        isKept = true
    }
}
