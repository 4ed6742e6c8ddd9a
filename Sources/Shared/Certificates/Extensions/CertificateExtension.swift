// One extension of a certificate, request or revocation list.

public struct CertificateExtension: Sendable, Hashable {
    public var oid: ObjectIdentifier
    public var isCritical: Bool
    /// DER.
    public var value: [UInt8]

    public init(_ oid: ObjectIdentifier, critical: Bool = false, _ value: [UInt8]) {
        self.oid = oid
        isCritical = critical
        self.value = value
    }

    init(
        _ oid: ObjectIdentifier, critical: Bool = false, _ body: (inout DERWriter) -> Void
    ) {
        var writer = DERWriter()
        body(&writer)
        self.init(oid, critical: critical, writer.bytes)
    }
}

extension CertificateExtension {
    public static func basicConstraints(isAuthority: Bool, pathLength: Int?) -> Self {
        CertificateExtension(.basicConstraints, critical: true) { writer in
            writer.sequence { inner in
                if isAuthority { inner.boolean(true) }
                if isAuthority, let pathLength, let length = UInt64(exactly: pathLength) {
                    inner.integer(length)
                }
            }
        }
    }

    public static func keyUsage(_ usages: Set<KeyUsage>) -> Self {
        CertificateExtension(.keyUsage, critical: true) {
            $0.namedBits(Set(usages.map(\.rawValue)))
        }
    }

    public static func extendedKeyUsage(_ usages: [ObjectIdentifier]) -> Self {
        CertificateExtension(.extendedKeyUsage) { writer in
            writer.sequence { inner in for usage in usages { inner.oid(usage) } }
        }
    }

    /// On the certificate of an OCSP responder: its own status is not to be asked for (RFC 6960,
    /// 4.2.2.2.1). The value is NULL.
    public static let noRevocationCheck = CertificateExtension(.ocspNoCheck, [5, 0])

    /// Critical where the subject has no name of its own (RFC 5280, 4.2.1.6).
    public static func subjectAltName(_ names: [GeneralName], critical: Bool) -> Self {
        CertificateExtension(.subjectAltName, critical: critical, GeneralName.encode(names))
    }

    public static func subjectKeyIdentifier(_ identifier: [UInt8]) -> Self {
        CertificateExtension(.subjectKeyIdentifier) { $0.octets(identifier) }
    }

    public static func authorityKeyIdentifier(_ identifier: [UInt8]) -> Self {
        CertificateExtension(.authorityKeyIdentifier) { writer in
            writer.sequence { $0.element(DERTag.context(0), identifier) }
        }
    }

    public static func authorityInformationAccess(ocsp: [String], issuers: [String]) -> Self {
        CertificateExtension(.authorityInformationAccess) { writer in
            writer.sequence { list in
                for url in ocsp { access(.ocspAccess, url, &list) }
                for url in issuers { access(.issuerAccess, url, &list) }
            }
        }
    }

    private static func access(
        _ method: ObjectIdentifier, _ url: String, _ list: inout DERWriter
    ) {
        list.sequence { description in
            description.oid(method)
            GeneralName.uri(url).write(to: &description)
        }
    }

    /// One distribution point for each URL. `oid` is that of complete lists or of deltas.
    public static func distributionPoints(
        _ urls: [String], oid: ObjectIdentifier = .crlDistributionPoints
    ) -> Self {
        CertificateExtension(oid) { writer in
            writer.sequence { points in
                for url in urls {
                    points.sequence { point in
                        point.constructed(DERTag.context(0, constructed: true)) { name in
                            name.constructed(DERTag.context(0, constructed: true)) {
                                GeneralName.uri(url).write(to: &$0)
                            }
                        }
                    }
                }
            }
        }
    }

    public static func crlNumber(_ number: UInt64) -> Self {
        CertificateExtension(.crlNumber) { $0.integer(number) }
    }

    public static func deltaCRLIndicator(base number: UInt64) -> Self {
        CertificateExtension(.deltaCRLIndicator, critical: true) { $0.integer(number) }
    }
}

/// The purposes of a key, by their bits (RFC 5280, 4.2.1.3), with the names that the API has.
public enum KeyUsage: Int, Sendable, Hashable, CaseIterable {
    case digitalSignature = 0
    case contentCommitment = 1
    case keyEncipherment = 2
    case dataEncipherment = 3
    case keyAgreement = 4
    case certSign = 5
    case crlSign = 6
    case encipherOnly = 7
    case decipherOnly = 8

    public var name: String {
        switch self {
        case .digitalSignature: "DigitalSignature"
        case .contentCommitment: "ContentCommitment"
        case .keyEncipherment: "KeyEncipherment"
        case .dataEncipherment: "DataEncipherment"
        case .keyAgreement: "KeyAgreement"
        case .certSign: "CertSign"
        case .crlSign: "CRLSign"
        case .encipherOnly: "EncipherOnly"
        case .decipherOnly: "DecipherOnly"
        }
    }

    /// Case does not matter.
    public init?(name: String) {
        let name = name.lowercased()
        guard let usage = Self.allCases.first(where: { $0.name.lowercased() == name }) else {
            return nil
        }
        self = usage
    }
}
