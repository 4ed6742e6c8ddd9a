// The engine's own certificate, as operators bring it.

import Certificates
import Cryptography
import PluginSDK
import Testing

@testable import Database

@Suite struct ClientIdentityTests {
    private static func pair() throws -> (certificate: String, key: String) {
        let key = try PrivateKey.generate(.p256)
        var name = DistinguishedName()
        name.append(.commonName, ["engine"])
        let start = CertificateTime(seconds: 1_700_000_000)
        let template = CertificateTemplate(
            serial: CertificateTemplate.randomSerial(), issuer: name.der, subject: name.der,
            notBefore: start, notAfter: start.adding(seconds: 60), publicKey: key.publicPart)
        return (PEM.encode("CERTIFICATE", try template.sign(with: key)), try key.pem(isPKCS8: true))
    }

    private static func read(_ certificate: String, _ key: String) throws -> ClientIdentity? {
        try ClientIdentity.read(certificate: ("tls_certificate", certificate), key: ("key", key))
    }

    @Test("a certificate and its key are taken apart or together, with others above it")
    func taken() throws {
        let (certificate, key) = try Self.pair()
        let other = try Self.pair().certificate
        #expect(try Self.read("", "") == nil)
        #expect(try Self.read(certificate + other, key) != nil)
        #expect(try ClientIdentity.read(both: ("f", key + "\n" + certificate)) != nil)
        #expect(try ClientIdentity.read(both: ("f", certificate + key)) != nil)
        #expect(try ClientIdentity.read(both: ("f", "")) == nil)
    }

    @Test("halves, strangers' keys and things that are no PEM are refused, and not repeated")
    func refused() throws {
        let (certificate, key) = try Self.pair()
        let other = try Self.pair()
        let locked =
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
        let long = String(repeating: "x", count: Limits.maxPEMBytes + 1)
        for (certificate, key) in [
            (certificate, ""), ("", key), (certificate, other.key),
            (other.certificate + certificate, key),
            (certificate, "sEcrEt"), ("sEcrEt", key), (key, certificate),
            (certificate, key + other.key),
            (certificate, locked), (certificate, long), (long, key),
        ] {
            do throws(PluginError) {
                _ = try ClientIdentity.read(
                    certificate: ("tls_certificate", certificate), key: ("private_key", key))
                Issue.record("it was taken: \(certificate)")
            } catch {
                #expect(error.code == .invalidRequest)
                #expect(!error.message.contains("sEcrEt") && !error.message.contains("BEGIN"))
            }
        }
        for both in [certificate, key, "sEcrEt", certificate + other.key] {
            #expect(throws: PluginError(.invalidRequest, "")) {
                try ClientIdentity.read(both: ("f", both))
            }
        }
    }
}
