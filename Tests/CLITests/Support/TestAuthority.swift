// Authorities that are made in this process, and what a PKI mount would answer about them.

import Certificates
import Clock
import Cryptography
import JSON

struct TestAuthority: Sendable {
    let key: PrivateKey
    let certificate: Certificate

    var pem: String { PEM.encode("CERTIFICATE", certificate.der) }

    /// A root, or one below `parent`. With `key` it is for that key.
    init(
        _ name: String, below parent: TestAuthority? = nil, key: PrivateKey? = nil,
        issuerName: String? = nil, hours: Int64 = 24, extensions: [CertificateExtension] = [],
        subject changes: (inout DistinguishedName) -> Void = { _ in }
    ) throws {
        let key = try key ?? PrivateKey.generate(.p256)
        self.key = key
        let publicKey = try key.publicKey()
        var subject = DistinguishedName()
        subject.append(.commonName, [name])
        changes(&subject)
        var issuer = parent?.certificate.subject ?? subject.der
        if let issuerName {
            var other = DistinguishedName()
            other.append(.commonName, [issuerName])
            issuer = other.der
        }
        let now = CertificateTime(Timestamp.now)
        var template = CertificateTemplate(
            serial: [1, UInt8.random(in: 1...255), UInt8.random(in: 1...255)], issuer: issuer,
            subject: subject.der, notBefore: now.adding(seconds: -30),
            notAfter: now.adding(seconds: hours * 3_600), publicKey: publicKey)
        template.extensions =
            [
                .basicConstraints(isAuthority: true, pathLength: nil),
                .keyUsage([.certSign, .crlSign]),
            ] + extensions
        template.authorityKeyIdentifier = parent?.certificate.subjectKeyIdentifier
        certificate = try Certificate(der: try template.sign(with: parent?.key ?? key))
    }

    /// What `issuer/NAME` answers.
    func answer(
        id: String = "i-1", name: String = "", chain: [TestAuthority] = []
    ) -> Canned {
        .data(
            JSONValue.object([
                "certificate": .string(pem), "ca_chain": .strings(([self] + chain).map(\.pem)),
                "issuer_id": .string(id), "issuer_name": .string(name), "key_id": "k-1",
                "usage": "read-only,issuing-certificates", "leaf_not_after_behavior": "err",
                "manual_chain": .null,
            ]).encodedString())
    }
}
