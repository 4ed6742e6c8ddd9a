import Certificates
import Cryptography
import JSON
import PluginSDK
import Testing

@testable import PKI

/// Names beyond ASCII, and common names that are no host's.
@Suite struct InternationalNameTests {
    private func made(_ role: JSONValue = [:]) throws -> PKIHarness {
        let pki = try PKIHarness()
        pki.root()
        check(pki.role("web", role), status: 200)
        return pki
    }

    @Test(
        "a name is written in ASCII, label by label",
        arguments: [
            ("a.example.com", "a.example.com"), ("bücher.example.com", "xn--bcher-kva.example.com"),
            ("BÜCHER.example.com", "xn--bcher-kva.example.com"),
            ("*.bücher.example", "*.xn--bcher-kva.example"),
            ("faß.example", "xn--fa-hia.example"), ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
            ("a@bücher.example", "a@xn--bcher-kva.example"),
            ("ｅxample.com", "example.com"), ("bu\u{308}cher.example", "xn--bcher-kva.example"),
        ])
    func ascii(name: String, wanted: String) {
        #expect(InternationalName.ascii(name) == wanted)
    }

    @Test(
        "what no host can be called has no such form",
        arguments: [
            "a b ü", "ü\u{0}.example.com", "ü_.example.com", "ü*.example.com", "ü/.example.com",
            "\u{301}a.example.com", "a。b.example.com", "＊.example.com", "jürgen@example.com",
            "ü\u{202E}.example.com", String(repeating: "ü", count: 600),
            String(repeating: "ü", count: 64) + ".example.com",
        ])
    func none(name: String) {
        #expect(InternationalName.ascii(name) == nil)
    }

    @Test(
        "a host's name is checked and certified in ASCII, and the subject says it as it was given")
    func issue() throws {
        let pki = try made()
        let reply = pki.issue("bücher.example.com", ["alt_names": ["straße.example.com"]])
        check(reply, status: 200)
        let certificate = try reply.certificate()
        #expect(certificate.subjectName?.commonName == "bücher.example.com")
        #expect(
            certificate.alternativeNames == [
                .dns("xn--bcher-kva.example.com"), .dns("xn--strae-oqa.example.com"),
            ])
        for name in ["bücher.example.org", "b ücher.example.com", "ｅxample.com"] {
            check(pki.issue(name), status: 400, error: "not allowed by this role")
        }
        check(
            pki.issue("a.example.com", ["alt_names": "b ü.example.com"]), status: 400,
            error: "IDNA")
    }

    @Test("a domain of a role may be written either way")
    func domains() throws {
        for domain in ["bücher.example", "xn--bcher-kva.example"] {
            let pki = try made(["allowed_domains": [.string(domain)]])
            for name in ["a.bücher.example", "a.xn--bcher-kva.example", "*.BÜCHER.example"] {
                check(pki.issue(name), status: 200)
            }
            check(pki.issue("a.bucher.example"), status: 400)
        }
    }

    @Test(
        "a common name may be anything where hosts' names are not enforced",
        arguments: [
            ["allow_any_name": true], ["allowed_domains": ["*"], "allow_glob_domains": true],
        ] as [JSONValue])
    func anyName(role: JSONValue) throws {
        var role = role
        role["enforce_hostnames"] = false
        let pki = try made(role)
        for (name, names) in [
            ("John Doe", []), ("Jürgen Müller", []), ("John", [.dns("John")]),
            ("John <john@example.com>", []), ("a_b.example.com", []),
        ] as [(String, [GeneralName])] {
            let reply = pki.issue(name)
            check(reply, status: 200)
            let certificate = try reply.certificate()
            #expect(certificate.subjectName?.commonName == name)
            #expect(certificate.alternativeNames == names)
        }
        // Alternative names are a host's or a mail address all the same.
        for name in ["John Doe", "Jürgen Müller", "John Doe@example.com"] {
            check(pki.issue("John", ["alt_names": [.string(name)]]), status: 400)
        }
        let names = CertificateExtension.subjectAltName([.dns("John Doe")], critical: false)
        check(pki.post("sign/web", ["csr": try csr("John", [names])]), status: 400)
        for name in ["a\u{0}b", "a\nb", "a*b*c.example.com"] {
            check(pki.issue(name), status: 400)
        }
    }

    @Test("a name that is no host's is refused where hosts' names are enforced")
    func enforced() throws {
        let pki = try made(["allow_any_name": true])
        for name in ["John Doe", "a_b.example.com", "Jürgen Müller", "jürgen@example.com"] {
            check(pki.issue(name), status: 400, error: "not allowed by this role")
        }
        #expect(
            try pki.issue("Jürgen").certificate().alternativeNames == [.dns("xn--jrgen-kva")])
    }

    @Test("no sign that looks like a star or hides it makes a wildcard")
    func wildcards() throws {
        let pki = try made(["allow_wildcard_certificates": false, "enforce_hostnames": false])
        for name in ["*.example.com", "*\u{301}.example.com"] {
            check(pki.issue(name), status: 400)
        }
    }
}
