// Certificate requests of the most usual form, taken apart here: a key on a NIST curve and ECDSA.
// OpenSSL 3.0 looks for a decoder for the key of each request, which takes longer than the check of
// the signature. What is in any way unusual is left to OpenSSL.

internal import Cryptography

struct CurveRequest {
    let subject: [UInt8]
    let publicKey: PublicKey
    let extensions: [CertificateExtension]
    private let signed: [UInt8]
    private let signature: [UInt8]
    private let scheme: SignatureScheme

    /// Nil for what has another form, which may be none at all.
    init?(der: [UInt8]) {
        guard let parts = try? Self.parts(der) else { return nil }
        self = parts
    }

    /// Whether its sender has the key.
    var isSignedByItself: Bool {
        (try? publicKey.verify(signature, of: signed, scheme)) ?? false
    }

    private init(
        subject: [UInt8], _ publicKey: PublicKey, _ extensions: [CertificateExtension],
        signed: [UInt8], signature: [UInt8], _ scheme: SignatureScheme
    ) {
        self.subject = subject
        self.publicKey = publicKey
        self.extensions = extensions
        self.signed = signed
        self.signature = signature
        self.scheme = scheme
    }

    private static let unusual = CertificateError(.malformed, "")

    private static func parts(_ der: [UInt8]) throws -> CurveRequest {
        var reader = DERReader(der)
        var request = try reader.sequence()
        try reader.end()
        let signed = Array(try request.wholeElement())
        guard let scheme = schemes[Array(try request.wholeElement())] else { throw unusual }
        let signature = try wholeBytes(&request)
        try request.end()

        var outer = DERReader(signed)
        var info = try outer.sequence()
        guard try info.integer() == 0 else { throw unusual }
        let subject = Array(try info.wholeElement())
        guard (try? DistinguishedName(der: subject)) != nil else { throw unusual }
        var key = try info.sequence()
        guard let kind = kinds[Array(try key.wholeElement())] else { throw unusual }
        let publicKey = try PublicKey(point: try wholeBytes(&key), on: kind)
        try key.end()
        var attributes = try info.constructed(DERTag.context(0, constructed: true))
        try info.end()
        let extensions = try requestedExtensions(&attributes)
        return CurveRequest(
            subject: subject, publicKey, extensions, signed: signed, signature: signature, scheme)
    }

    /// A bit string of whole bytes.
    private static func wholeBytes(_ reader: inout DERReader) throws(CertificateError) -> [UInt8] {
        let content = try reader.content(DERTag.bitString)
        guard content.first == 0 else { throw unusual }
        return Array(content.dropFirst())
    }

    /// The one attribute that counts (PKCS #9, 5.4.2), and it is there once at most.
    private static func requestedExtensions(
        _ attributes: inout DERReader
    ) throws(CertificateError) -> [CertificateExtension] {
        var found: [CertificateExtension]?
        while !attributes.isAtEnd {
            var attribute = try attributes.sequence()
            guard try attribute.oid() == .extensionRequest else { continue }
            guard found == nil else { throw unusual }
            var values = try attribute.constructed(DERTag.set)
            try attribute.end()
            var list = try values.sequence()
            try values.end()
            var extensions: [CertificateExtension] = []
            while !list.isAtEnd { extensions.append(try nextExtension(&list)) }
            found = extensions
        }
        return found ?? []
    }

    private static func nextExtension(
        _ list: inout DERReader
    ) throws(CertificateError) -> CertificateExtension {
        var reader = try list.sequence()
        let oid = try reader.oid()
        let isCritical = reader.nextTag == DERTag.boolean ? try reader.boolean() : false
        let value = Array(try reader.content(DERTag.octetString))
        try reader.end()
        return CertificateExtension(oid, critical: isCritical, value)
    }

    // MARK: Algorithms, by the bytes that stand for them

    private static let schemes: [[UInt8]: SignatureScheme] = [
        algorithm([0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]): .ecdsa(.sha256),
        algorithm([0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 3]): .ecdsa(.sha384),
        algorithm([0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 4]): .ecdsa(.sha512),
    ]

    private static let kinds: [[UInt8]: KeyKind] = [
        onCurve([0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7]): .p256,
        onCurve([0x2B, 0x81, 4, 0, 33]): .p224,
        onCurve([0x2B, 0x81, 4, 0, 34]): .p384,
        onCurve([0x2B, 0x81, 4, 0, 35]): .p521,
    ]

    private static func algorithm(_ oid: [UInt8]) -> [UInt8] {
        var writer = DERWriter()
        writer.sequence { $0.element(DERTag.oid, oid) }
        return writer.bytes
    }

    /// `id-ecPublicKey` with the name of a curve (RFC 5480, 2.1.1).
    private static func onCurve(_ curve: [UInt8]) -> [UInt8] {
        var writer = DERWriter()
        writer.sequence { sequence in
            sequence.element(DERTag.oid, [0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1])
            sequence.element(DERTag.oid, curve)
        }
        return writer.bytes
    }
}
