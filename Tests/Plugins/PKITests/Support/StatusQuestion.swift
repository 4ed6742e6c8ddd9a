// Questions about the status of certificates, as RFC 6960 has them.

import Certificates
import Cryptography
import JSON
import PluginSDK
import Testing

@testable import PKI

enum StatusQuestion {
    /// About a certificate that was issued.
    static func of(_ made: PKIHarness.Reply) throws -> [UInt8] {
        let certificate = try made.certificate()
        let issuer = try made.certificate("issuing_ca")
        let identity = try #require(IssuerIdentity(issuer, algorithm: CertificateIdentity.sha1))
        var writer = DERWriter()
        writer.sequence { request in
            request.sequence { signed in
                signed.sequence { list in
                    list.sequence { one in
                        one.sequence { id in
                            id.sequence { $0.oid(CertificateIdentity.sha1) }
                            id.octets(identity.nameHash)
                            id.octets(identity.keyHash)
                            id.integer(bytes: certificate.serial)
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    /// The answer's bytes.
    static func ask(_ pki: PKIHarness, _ question: [UInt8]) throws -> [UInt8] {
        let reply = pki.post("ocsp", ["body": .string(Base64.encode(question))])
        check(reply, status: 200)
        return try #require(reply.raw).body
    }
}
