// Object identifiers: by their dots for people, by their bytes in DER.

public struct ObjectIdentifier: Sendable, Hashable, CustomStringConvertible {
    /// The bytes of the DER element's content.
    public let content: [UInt8]

    private static let maxArcs = 64

    /// Nil for bytes that no identifier has.
    init?(content: [UInt8]) {
        guard let last = content.last, last < 0x80, content.count <= 255 else { return nil }
        self.content = content
    }

    /// Nil unless the text is numbers between dots that make an identifier.
    public init?(_ text: String) {
        var arcs: [UInt64] = []
        for part in text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        {
            guard arcs.count < Self.maxArcs, !part.isEmpty,
                part.allSatisfy({ (0x30...0x39).contains($0) }),
                part.count == 1 || part.first != 0x30, let arc = UInt64(Substring(part)),
                arc < 1 << 62
            else { return nil }
            arcs.append(arc)
        }
        guard arcs.count >= 2, arcs[0] <= 2, arcs[0] == 2 || arcs[1] < 40 else { return nil }
        var content: [UInt8] = []
        for arc in [arcs[0] * 40 + arcs[1]] + arcs.dropFirst(2) {
            var digits = [UInt8(arc & 0x7F)]
            var rest = arc >> 7
            while rest > 0 {
                digits.append(UInt8(rest & 0x7F) | 0x80)
                rest >>= 7
            }
            content.append(contentsOf: digits.reversed())
        }
        self.content = content
    }

    /// For identifiers that stand in the source, by the bytes of their content.
    init(known content: [UInt8]) { self.content = content }

    public var description: String {
        var arcs: [UInt64] = []
        var arc: UInt64 = 0
        for byte in content {
            // Larger than any that is in use; shown as the largest.
            guard arc < 1 << 56 else { return "" }
            arc = arc << 7 | UInt64(byte & 0x7F)
            if byte < 0x80 {
                arcs.append(arc)
                arc = 0
            }
        }
        let first = arcs.first ?? 0
        let start = min(first / 40, 2)
        return ([start, first - start * 40] + arcs.dropFirst()).map(String.init)
            .joined(separator: ".")
    }

    // Attributes of names (X.520, RFC 4519).
    public static let commonName = ObjectIdentifier(known: [0x55, 4, 3])
    public static let nameSerialNumber = ObjectIdentifier(known: [0x55, 4, 5])
    public static let country = ObjectIdentifier(known: [0x55, 4, 6])
    public static let locality = ObjectIdentifier(known: [0x55, 4, 7])
    public static let province = ObjectIdentifier(known: [0x55, 4, 8])
    public static let streetAddress = ObjectIdentifier(known: [0x55, 4, 9])
    public static let organization = ObjectIdentifier(known: [0x55, 4, 10])
    public static let organizationalUnit = ObjectIdentifier(known: [0x55, 4, 11])
    public static let postalCode = ObjectIdentifier(known: [0x55, 4, 17])
    public static let userID = ObjectIdentifier(
        known: [0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 1, 1])

    // Extensions (RFC 5280).
    public static let subjectKeyIdentifier = ObjectIdentifier(known: [0x55, 0x1D, 14])
    public static let keyUsage = ObjectIdentifier(known: [0x55, 0x1D, 15])
    public static let subjectAltName = ObjectIdentifier(known: [0x55, 0x1D, 17])
    public static let basicConstraints = ObjectIdentifier(known: [0x55, 0x1D, 19])
    public static let crlNumber = ObjectIdentifier(known: [0x55, 0x1D, 20])
    public static let deltaCRLIndicator = ObjectIdentifier(known: [0x55, 0x1D, 27])
    public static let nameConstraints = ObjectIdentifier(known: [0x55, 0x1D, 30])
    public static let crlDistributionPoints = ObjectIdentifier(known: [0x55, 0x1D, 31])
    public static let certificatePolicies = ObjectIdentifier(known: [0x55, 0x1D, 32])
    public static let authorityKeyIdentifier = ObjectIdentifier(known: [0x55, 0x1D, 35])
    public static let extendedKeyUsage = ObjectIdentifier(known: [0x55, 0x1D, 37])
    public static let freshestCRL = ObjectIdentifier(known: [0x55, 0x1D, 46])
    public static let authorityInformationAccess = ObjectIdentifier(
        known: [0x2B, 6, 1, 5, 5, 7, 1, 1])

    // Ways to information about an authority, and how a policy is explained.
    public static let ocspSigning = ObjectIdentifier(known: [0x2B, 6, 1, 5, 5, 7, 3, 9])
    static let ocspNoCheck = ObjectIdentifier(known: [0x2B, 6, 1, 5, 5, 7, 0x30, 1, 5])
    static let extensionRequest = ObjectIdentifier(
        known: [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 14])
    static let ocspAccess = ObjectIdentifier(known: [0x2B, 6, 1, 5, 5, 7, 0x30, 1])
    static let issuerAccess = ObjectIdentifier(known: [0x2B, 6, 1, 5, 5, 7, 0x30, 2])
    static let policyCPS = ObjectIdentifier(known: [0x2B, 6, 1, 5, 5, 7, 2, 1])
    static let policyUserNotice = ObjectIdentifier(known: [0x2B, 6, 1, 5, 5, 7, 2, 2])
}
