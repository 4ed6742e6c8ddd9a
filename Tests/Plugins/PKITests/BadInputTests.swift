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

    @Test("an issuer that there is not is refused, by the path and by the role")
    func issuers() throws {
        let pki = try PKIHarness()
        pki.root()
        pki.role()
        let unknown = "unable to find PKI issuer for reference: other"
        let written = pki.role("other", ["issuer_ref": "other"])
        #expect(written.warnings.count == 1)
        check(pki.issue("a.example.com", role: "other"), status: 400, error: unknown)
        let request = try csr("a.example.com")
        for path in ["issue/web", "sign/web", "sign-verbatim", "sign-intermediate", "resign-crls"] {
            let body: JSONValue = [
                "common_name": "a.example.com", "csr": request, "crl_number": 1, "crls": ["x"],
            ]
            check(pki.post("issuer/other/\(path)", body), status: 400)
        }
        check(pki.post("issuer/other/revoke"), status: 400, error: unknown)
        check(pki.get("issuer/other/crl/pem"), status: 400, error: unknown)
    }

    @Test("no certificate is valid for longer than the mount allows")
    func mountBound() throws {
        let pki = try PKIHarness(maxTTL: 3_600)
        let root: JSONValue = [
            "common_name": "Root", "key_type": "ec", "not_after": "2037-01-01T00:00:00Z",
        ]
        check(pki.post("root/generate/internal", root), status: 200)
        pki.role("web", ["ttl": "24h", "max_ttl": "72h", "not_after_bound": "ttl-limited"])
        let cut = pki.issue("a.example.com", ["ttl": "2h"])
        #expect(try cut.certificate().notAfter.seconds == 1_800_000_000 + 3_600)
        #expect(cut.warnings.first?.contains("longer than permitted maxTTL") == true)
        check(
            pki.issue("a.example.com", ["not_after": "2027-01-16T00:00:00Z"]), status: 400,
            error: "max_ttl")
    }

    @Test("what is expired is revoked where that is allowed, by itself and with its key too")
    func expired() throws {
        let pki = try PKIHarness()
        pki.root()
        pki.role("web", ["no_store": true])
        let (first, second) = (pki.issue("a.example.com"), pki.issue("b.example.com"))
        pki.advance(seconds: 10 * 86_400)
        func revoke() -> [PKIHarness.Reply] {
            [
                pki.post("revoke", ["certificate": first["certificate"] ?? ""]),
                pki.post(
                    "revoke-with-key",
                    [
                        "certificate": second["certificate"] ?? "",
                        "private_key": second["private_key"] ?? "",
                    ]),
            ]
        }
        for reply in revoke() { #expect(reply.warnings.first?.contains("already expired") == true) }
        pki.post("config/crl", ["allow_expired_certificate_revocation": true])
        for reply in revoke() { check(reply, status: 200) }
        let list = try #require(pki.get("crl").raw)
        #expect(try RevocationListReader.serials(list.body).count == 2)
    }
}
