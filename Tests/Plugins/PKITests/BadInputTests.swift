import Certificates
import Cryptography
import JSON
import PluginSDK
import Testing

@testable import PKI

/// What strangers send in PEM, whole and broken.
@Suite struct BadInputTests {
    @Test("no byte of a bundle that is changed or missing is a trap")
    func bundle() throws {
        let maker = try PKIHarness()
        let root = maker.post(
            "root/generate/exported",
            ["common_name": "R", "key_type": "ec", "private_key_format": "pkcs8"])
        let certificate = try root.certificate().der
        let key = try #require(PEM.decode(root.text("private_key"))?.first).der
        let pki = try PKIHarness()
        for (label, der) in [("CERTIFICATE", certificate), ("PRIVATE KEY", key)] {
            for place in der.indices {
                var changed = der
                changed[place] = ~changed[place]
                for bytes in [changed, Array(der[..<place])] {
                    let reply = pki.post(
                        "issuers/import/bundle", ["pem_bundle": .string(PEM.encode(label, bytes))])
                    #expect([200, 400, 500].contains(reply.status))
                }
            }
        }
    }

    @Test("a certificate that is to be revoked is read as a stranger's, byte by byte")
    func revoked() throws {
        let pki = try PKIHarness()
        pki.root()
        pki.role("web", ["no_store": true])
        let der = try pki.issue("a.example.com").certificate().der
        for place in der.indices {
            var changed = der
            changed[place] = ~changed[place]
            for bytes in [changed, Array(der[..<place])] {
                check(
                    pki.post(
                        "revoke", ["certificate": .string(PEM.encode("CERTIFICATE", bytes))]),
                    status: 400)
            }
        }
        #expect(pki.list("certs/revoked/").status == 404)
    }

    @Test(
        "what is no PEM, or too much of it, is refused with a word about it",
        arguments: [
            "", "x", "-----BEGIN CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\n-----END PRIVATE KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        ])
    func noPEM(text: String) throws {
        let pki = try PKIHarness()
        pki.root()
        for path in ["issuers/import/bundle", "issuers/import/cert", "config/ca", "keys/import"] {
            let reply = pki.post(path, ["pem_bundle": .string(text)])
            check(reply, status: 400)
            #expect(reply.error?.isEmpty == false)
        }
        check(pki.post("intermediate/set-signed", ["certificate": .string(text)]), status: 400)
        check(pki.post("revoke", ["certificate": .string(text)]), status: 400)
        let many = String(repeating: PEM.encode("X509 CRL", [1]), count: Limits.maxPEMBlocks + 1)
        check(pki.post("issuers/import/bundle", ["pem_bundle": .string(many)]), status: 400)
    }

    @Test("a request with a huge modulus is refused before its signature is looked at")
    func hugeModulus() throws {
        let pki = try PKIHarness()
        pki.root()
        pki.role("any", ["key_type": "any"])
        var writer = DERWriter()
        writer.sequence { request in
            request.sequence { info in
                info.integer(0)
                info.sequence { _ in }
                info.sequence { key in
                    key.sequence { algorithm in
                        algorithm.oid(ObjectIdentifier("1.2.840.113549.1.1.1") ?? .commonName)
                        algorithm.element(0x05, [])
                    }
                    var numbers = DERWriter()
                    numbers.sequence { pair in
                        pair.integer(bytes: [UInt8](repeating: 0xC5, count: 16 * 1_024))
                        pair.integer(65_537)
                    }
                    key.element(DERTag.bitString, [0] + numbers.bytes)
                }
                info.constructed(DERTag.context(0, constructed: true)) { _ in }
            }
            request.sequence { algorithm in
                algorithm.oid(ObjectIdentifier("1.2.840.113549.1.1.11") ?? .commonName)
                algorithm.element(0x05, [])
            }
            request.element(DERTag.bitString, [UInt8](repeating: 0, count: 16 * 1_024 + 1))
        }
        let text = PEM.encode("CERTIFICATE REQUEST", writer.bytes)
        check(
            pki.post("sign/any", ["csr": .string(text), "common_name": "a.example.com"]),
            status: 400, error: "not supported")
        check(pki.post("sign-verbatim", ["csr": .string(text)]), status: 400)
    }

    @Test("a foreign serial number, and one that is none, is not revoked")
    func foreign() throws {
        let (pki, other) = (try PKIHarness(), try PKIHarness())
        pki.root()
        other.root()
        other.role()
        let serial = other.issue("a.example.com").text("serial_number")
        check(pki.post("revoke", ["serial_number": .string(serial)]), status: 400, error: serial)
        for text in ["zz", "0", "../mark", String(repeating: "a", count: 100)] {
            check(pki.post("revoke", ["serial_number": .string(text)]), status: 400)
        }
        check(
            pki.post("revoke", ["serial_number": .string(serial), "certificate": "x"]),
            status: 400, error: "not both")
    }
}
