import Cryptography
import Testing

@testable import Certificates

@Suite struct CurveRequestTests {
    private static let curves: [KeyKind] = [.p224, .p256, .p384, .p521]

    private static func request(
        _ kind: KeyKind,
        _ extensions: [CertificateExtension] = [
            .subjectAltName([.dns("a.example.com"), .ip([10, 0, 0, 1])], critical: true),
            .keyUsage([.digitalSignature]),
        ]
    ) throws -> [UInt8] {
        var subject = DistinguishedName()
        subject.append(.organization, ["Exämple"])
        subject.append(.commonName, ["a.example.com"])
        return try SigningRequest.sign(
            subject: subject.der, extensions: extensions, with: PrivateKey.generate(kind))
    }

    @Test("a request is read as OpenSSL reads it", arguments: curves)
    func same(kind: KeyKind) throws {
        for extensions: [CertificateExtension] in [
            [], [.noRevocationCheck, .keyUsage([.keyAgreement])],
        ] {
            let der = try Self.request(kind, extensions)
            #expect(CurveRequest(der: der) != nil)
            let (ours, theirs) = (
                try SigningRequest(der: der), try SigningRequest(byOpenSSL: der)
            )
            #expect(ours.subject == theirs.subject)
            #expect(ours.extensions == theirs.extensions && ours.extensions == extensions)
            #expect(
                try ours.publicKey.subjectPublicKeyInfo()
                    == theirs.publicKey.subjectPublicKeyInfo())
            #expect(ours.publicKey.kind == kind)
        }
    }

    @Test(
        "keys of other kinds are OpenSSL's to read",
        arguments: [.rsa(bits: 2048), .ed25519] as [KeyKind])
    func others(kind: KeyKind) throws {
        let der = try Self.request(kind)
        #expect(CurveRequest(der: der) == nil)
        #expect(try SigningRequest(der: der).publicKey.kind == kind)
    }

    @Test("a request of which one byte is another, or is missing, is refused", arguments: curves)
    func changed(kind: KeyKind) throws {
        let der = try Self.request(kind)
        for place in der.indices {
            for bit: UInt8 in [0x01, 0x80, 0xFF] {
                var other = der
                other[place] ^= bit
                #expect(throws: CertificateError.self, "\(place) \(bit)") {
                    try SigningRequest(der: other)
                }
            }
            #expect(throws: CertificateError.self) {
                try SigningRequest(der: Array(der[..<place]))
            }
        }
        #expect(throws: CertificateError.self) { try SigningRequest(der: der + [0]) }
    }

    @Test("a point that is not on its curve is no key", arguments: curves)
    func point(kind: KeyKind) throws {
        let width = (try PrivateKey.generate(kind).publicKey().subjectPublicKeyInfo()).count
        for count in [0, 1, 2, width] {
            #expect(throws: CryptoError.self) {
                try PublicKey(point: [4] + [UInt8](repeating: 0, count: count), on: kind)
            }
        }
        let size = [KeyKind.p224: 28, .p256: 32, .p384: 48, .p521: 66][kind] ?? 0
        for byte: UInt8 in [0, 1, 0xFF] {
            #expect(throws: CryptoError.self) {
                try PublicKey(point: [4] + [UInt8](repeating: byte, count: 2 * size), on: kind)
            }
        }
        #expect(throws: CryptoError.self) { try PublicKey(point: [0], on: kind) }
        #expect(throws: CryptoError.self) { try PublicKey(point: [4], on: .ed25519) }
    }
}
