import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import PKI

@Suite struct IssueTests {
    private func made() throws -> PKIHarness {
        let pki = try PKIHarness()
        pki.root()
        pki.role()
        return pki
    }

    @Test("a certificate has what the role says, and its key belongs to it")
    func issue() throws {
        let pki = try made()
        let reply = pki.issue(
            "a.example.com", ["alt_names": "b.example.com", "ip_sans": "10.0.0.1"])
        check(reply, status: 200)
        let certificate = try reply.certificate()
        #expect(certificate.alternativeNames.count == 3)
        #expect(!certificate.authority.isAuthority)
        #expect(
            certificate.keyUsage == [.digitalSignature, .keyAgreement, .keyEncipherment])
        #expect(certificate.notAfter.seconds - 1_800_000_000 == 86_400)
        #expect(certificate.notBefore.seconds == 1_800_000_000 - 30)
        let key = try PrivateKey.read(
            der: try #require(PEM.decode(reply.text("private_key"))?.first).der)
        #expect(certificate.hasKey(of: key))
        #expect(reply.text("private_key_type") == "ec")
        #expect(pki.get("cert/\(reply.text("serial_number"))").status == 200)
        #expect(reply.lease == nil)
    }

    @Test("formats are PEM, DER in base64, and all in one")
    func formats() throws {
        let pki = try made()
        let der = pki.issue("a.example.com", ["format": "der"])
        #expect(throws: Never.self) {
            _ = try Certificate(der: try #require(Base64.decode(der.text("certificate"))))
        }
        let bundle = pki.issue("a.example.com", ["format": "pem_bundle"])
        #expect(
            PEM.decode(bundle.text("certificate"))?.map(\.label)
                == ["EC PRIVATE KEY", "CERTIFICATE", "CERTIFICATE"])
        check(pki.issue("a.example.com", ["format": "jks"]), status: 400)
        let bare = pki.issue("a.example.com", ["remove_roots_from_chain": true])
        #expect(bare.texts("ca_chain").isEmpty)
    }

    @Test(
        "names that the role does not allow are refused",
        arguments: [
            "example.com", "a.example.org", "aexample.com", "a.example.com.evil.org",
            "a.example.com\u{0}.org", "a b.example.com", "*.*.example.com", "-a.example.com",
            "a..example.com", "user@example.com@example.com", "ä_.example.com", "",
            "a.example.com,b.org", "10.0.0.1", "a.example.com/", "a_b.example.com",
        ])
    func refused(name: String) throws {
        let pki = try made()
        check(pki.issue(name), status: 400)
        if name.isEmpty { return }
        check(pki.issue("a.example.com", ["alt_names": [.string(name)]]), status: 400)
    }

    @Test("each kind of domain is allowed by its own switch")
    func domains() throws {
        let pki = try made()
        pki.role("bare", ["allow_bare_domains": true, "allow_subdomains": false])
        check(pki.issue("example.com", role: "bare"), status: 200)
        check(pki.issue("EXAMPLE.com", role: "bare"), status: 200)
        check(pki.issue("a.example.com", role: "bare"), status: 400)
        pki.role(
            "glob",
            [
                "allow_glob_domains": true, "allow_subdomains": false,
                "allowed_domains": ["ftp*.example.com"],
            ])
        check(pki.issue("ftp1.example.com", role: "glob"), status: 200)
        check(pki.issue("web.example.com", role: "glob"), status: 400)
        check(pki.issue("*.example.com"), status: 200)
        pki.role("plain", ["allow_wildcard_certificates": false])
        check(pki.issue("*.example.com", role: "plain"), status: 400)
        check(pki.issue("localhost"), status: 200)
        pki.role("remote", ["allow_localhost": false])
        check(pki.issue("localhost", role: "remote"), status: 400)
        pki.role("any", ["allow_any_name": true])
        check(pki.issue("whatever.org", role: "any"), status: 200)
        check(pki.issue("not a host", role: "any"), status: 400)
    }

    @Test("addresses, URIs, other names, serial numbers and user ids are asked of the role")
    func otherNames() throws {
        let pki = try made()
        pki.role("strict", ["allow_ip_sans": false])
        check(
            pki.issue("a.example.com", role: "strict", ["ip_sans": "10.0.0.1"]), status: 400,
            error: "IP Subject Alternative Names are not allowed")
        check(pki.issue("a.example.com", ["ip_sans": "10.0.0.256"]), status: 400)
        check(pki.issue("a.example.com", ["uri_sans": "spiffe://x/y"]), status: 400)
        check(pki.issue("a.example.com", ["other_sans": "1.2.3;UTF8:x"]), status: 400)
        check(pki.issue("a.example.com", ["serial_number": "1"]), status: 400)
        check(pki.issue("a.example.com", ["user_ids": "root"]), status: 400)
        pki.role(
            "open",
            [
                "allowed_uri_sans": "spiffe://x/*", "allowed_other_sans": "1.2.3;UTF8:x*",
                "allowed_serial_numbers": "1*", "allowed_user_ids": "u-*",
            ])
        let reply = pki.issue(
            "a.example.com", role: "open",
            [
                "uri_sans": "spiffe://x/y", "other_sans": "1.2.3;UTF8:xy", "serial_number": "12",
                "user_ids": "u-1",
            ])
        check(reply, status: 200)
        let certificate = try reply.certificate()
        #expect(certificate.alternativeNames.count == 3)
        #expect(certificate.subjectName?.values(.userID) == ["u-1"])
        check(
            pki.issue("a.example.com", role: "open", ["uri_sans": "spiffe://z/y"]), status: 400)
        check(pki.issue("a.example.com", role: "open", ["user_ids": "v-1"]), status: 400)
    }

    @Test("a time to live is cut to the role and refused beyond the issuer")
    func ttl() throws {
        let pki = try made()
        let long = pki.issue("a.example.com", ["ttl": "1000h"])
        #expect(try long.certificate().notAfter.seconds == 1_800_000_000 + 72 * 3_600)
        #expect(long.warnings.count == 1)
        pki.root("Short", ["ttl": "1h", "issuer_name": "short"])
        check(
            pki.post("issuer/short/issue/web", ["common_name": "a.example.com"]), status: 400,
            error: "beyond the expiration of the CA certificate")
        pki.call(.patch, "issuer/short", ["leaf_not_after_behavior": "truncate"])
        let cut = pki.post("issuer/short/issue/web", ["common_name": "a.example.com"])
        #expect(try cut.certificate().notAfter.seconds == 1_800_000_000 + 3_600)
        pki.advance(seconds: 7_200)
        check(
            pki.post("issuer/short/issue/web", ["common_name": "a.example.com"]), status: 400,
            error: "has expired")
        check(
            pki.issue("a.example.com", ["ttl": "1h", "not_after": "2030-01-01T00:00:00Z"]),
            status: 400, error: "Not both")
        pki.role("bound", ["not_after_bound": "ttl-limited"])
        check(
            pki.issue("a.example.com", role: "bound", ["not_after": "2040-01-01T00:00:00Z"]),
            status: 400)
        pki.role("fixed", ["not_after_bound": "forbid", "not_before_bound": "forbid"])
        check(
            pki.issue("a.example.com", role: "fixed", ["not_after": "2027-01-16T00:00:00Z"]),
            status: 400)
        check(
            pki.issue("a.example.com", role: "fixed", ["not_before": "2027-01-14T00:00:00Z"]),
            status: 400)
    }

    @Test("the last day that can be written is 31 December 9999")
    func farEnd() throws {
        let pki = try made()
        pki.call(.patch, "issuer/default", ["leaf_not_after_behavior": "permit"])
        let reply = pki.issue("a.example.com", ["not_after": "9999-12-31T23:59:59Z"])
        #expect(try reply.certificate().notAfter == .latest)
        check(pki.issue("a.example.com", ["not_after": "soon"]), status: 400)
    }

    @Test("a role's unknown words are refused when it is written")
    func roleFields() throws {
        let pki = try PKIHarness()
        for data: JSONValue in [
            ["key_type": "dsa"], ["key_type": "rsa", "key_bits": 1024],
            ["key_type": "ec", "key_bits": 255], ["key_usage": "Everything"],
            ["ext_key_usage": "Nothing"], ["ext_key_usage_oids": "1.2.x"],
            ["policy_identifiers": "a.b"], ["cn_validations": "maybe"],
            ["not_after_bound": "later"], ["not_before_bound": "later"],
            ["allowed_other_sans": "x"], ["ttl": "2h", "max_ttl": "1h"],
            ["signature_bits": 100],
            ["serial_number_source": "csr"], ["not_after": "yesterday"],
        ] {
            #expect(pki.post("roles/r", data).status == 400, "\(data)")
        }
        check(pki.post("roles/a b", [:]), status: 400)
        #expect(pki.get("roles/r").status == 404)
    }

    @Test("a role is read as it was written, patched in part, listed and deleted")
    func roles() throws {
        let pki = try made()
        let read = pki.get("roles/web")
        #expect(read.texts("allowed_domains") == ["example.com"])
        #expect(read["ttl"]?.intValue == 86_400)
        #expect(read["key_bits"]?.intValue == 256)
        #expect(read["allow_localhost"]?.boolValue == true)
        check(pki.call(.patch, "roles/web", ["ttl": "1h"]), status: 200)
        #expect(pki.get("roles/web").texts("allowed_domains") == ["example.com"])
        #expect(try pki.issue("a.example.com").certificate().notAfter.seconds == 1_800_003_600)
        check(pki.call(.patch, "roles/none", ["ttl": "1h"]), status: 404)
        #expect(pki.list("roles/").texts("keys") == ["web"])
        check(pki.call(.delete, "roles/web"), status: 204)
        check(pki.issue("a.example.com"), status: 400, error: "unknown role: web")
    }

    @Test("a certificate that is not stored is not there, and leases only where the role has them")
    func storing() throws {
        let pki = try made()
        pki.role("gone", ["no_store": true, "generate_lease": true])
        let reply = pki.issue("a.example.com", role: "gone")
        check(reply, status: 200)
        #expect(reply.lease == nil)
        #expect(pki.get("cert/\(reply.text("serial_number"))").status == 404)
        pki.role("leased", ["generate_lease": true])
        let leased = pki.issue("a.example.com", role: "leased")
        let lease = try #require(leased.lease)
        #expect(lease.ttlSeconds == 86_400 && !lease.renewable)
        _ = try pki.harness.call(.revoke, "issue/leased", keeping: lease.internalData)
        let revoked = pki.get("cert/\(leased.text("serial_number"))")
        #expect(revoked["revocation_time"]?.intValue == 1_800_000_000)
        // The core may ask again.
        _ = try pki.harness.call(.revoke, "issue/leased", keeping: lease.internalData)
    }
}

@Suite struct CertificateListTests {
    @Test("certificates are listed by number, and described a page at a time")
    func list() throws {
        let pki = try PKIHarness()
        pki.root("Root", ["exclude_cn_from_sans": true])
        pki.role()
        for name in ["a", "b", "c"] { check(pki.issue("\(name).example.com"), status: 200) }
        let all = pki.list("certs/").texts("keys")
        #expect(all.count == 4 && all == all.sorted())
        let page = pki.call(.list, "certs/detailed/", ["limit": 2, "after": .string(all[0])])
        #expect(page.texts("keys") == Array(all[1...2]))
        #expect(page["key_info"]?[all[1]]?["key_type"]?.stringValue == "ec")
        #expect(pki.list("certs/detailed/").texts("keys") == all)
        #expect(pki.call(.list, "issuers/", ["limit": 1]).texts("keys").count == 1)
    }
}
