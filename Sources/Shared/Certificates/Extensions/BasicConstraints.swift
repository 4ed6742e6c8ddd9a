// Whether a certificate is an authority's, and how many others may be below it (RFC 5280, 4.2.1.9).

public struct BasicConstraints: Sendable, Hashable {
    public let isAuthority: Bool
    /// Nil where it is not bounded.
    public let pathLength: Int?

    public init(der: [UInt8]) throws(CertificateError) {
        var reader = DERReader(der)
        var inner = try reader.sequence()
        isAuthority = inner.nextTag == DERTag.boolean ? try inner.boolean() : false
        pathLength = inner.isAtEnd ? nil : try inner.integer()
        guard inner.isAtEnd else {
            throw CertificateError(.malformed, "the basic constraints cannot be read")
        }
    }
}
