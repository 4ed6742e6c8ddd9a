import Cryptography
import Testing

@testable import Certificates

@Suite struct QuickFormTests {
    @Test(
        "keys on curves are written as OpenSSL writes them",
        arguments: [.p224, .p256, .p384, .p521] as [KeyKind])
    func same(kind: KeyKind) throws {
        for _ in 0..<20 {
            let key = try PrivateKey.generate(kind)
            #expect(try key.sec1() == key.traditionalDER())
            let name = DistinguishedName().der
            let der = try CertificateTemplate(
                serial: [1], issuer: name, subject: name, notBefore: CertificateTime(seconds: 0),
                notAfter: .latest, publicKey: key.publicPart
            ).sign(with: key)
            let certificate = try Certificate(der: der)
            #expect(
                try certificate.publicKey().subjectPublicKeyInfo()
                    == key.publicKey().subjectPublicKeyInfo())
            #expect(certificate.isSigned(by: certificate))
        }
    }
}
