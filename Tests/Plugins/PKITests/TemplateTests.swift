import Certificates
import JSON
import Paths
import PluginTesting
import Testing

@testable import PKI

@Suite struct TemplateTests {
    private static let name = "identity.entity.name"
    private static let accessor = "identity.entity.aliases.auth_userpass_1.name"

    private func made(
        _ identity: [String: String], _ role: JSONValue
    ) throws -> PKIHarness {
        let pki = try PKIHarness()
        pki.root()
        pki.harness.storage.identity = identity
        var role = role
        for name in ["allowed_domains_template", "allowed_uri_sans_template"]
        where role[name] == nil {
            role[name] = true
        }
        check(pki.role("own", role), status: 200)
        return pki
    }

    private func issue(
        _ pki: PKIHarness, _ name: String, _ more: JSONValue = [:]
    ) -> PKIHarness.Reply { pki.issue(name, role: "own", more) }

    @Test("a domain stands for who asks, and for nobody else")
    func domain() throws {
        let pki = try made(
            [Self.name: "alice", "identity.entity.metadata.Team": "Web"],
            [
                "allowed_domains": [
                    "{{identity.entity.name}}.example.com",
                    "{{identity.entity.metadata.Team}}.example.org", "plain.example.com",
                ], "allow_bare_domains": true, "allow_subdomains": false,
            ])
        check(issue(pki, "alice.example.com"), status: 200)
        check(issue(pki, "web.example.org"), status: 200)
        check(issue(pki, "plain.example.com"), status: 200)
        check(issue(pki, "bob.example.com"), status: 400, error: "not allowed by this role")
        check(issue(pki, "{{identity.entity.name}}.example.com"), status: 400)
        pki.harness.storage.identity = [Self.name: "bob"]
        check(issue(pki, "bob.example.com"), status: 200)
        check(issue(pki, "alice.example.com"), status: 400)
    }

    @Test("who has no such value gets nothing by a template, and the rest of the role still")
    func nobody() throws {
        let pki = try made(
            [:],
            [
                "allowed_domains": ["{{\(Self.accessor)}}", "example.com"],
                "allowed_uri_sans": [
                    "spiffe://example/{{\(Self.name)}}", "https://a.example.com/*",
                ],
            ])
        check(issue(pki, "a.example.com"), status: 200)
        check(issue(pki, "a.example.com", ["uri_sans": "https://a.example.com/x"]), status: 200)
        check(issue(pki, "alice"), status: 400)
        check(issue(pki, "a.example.com", ["uri_sans": "spiffe://example/"]), status: 400)
        check(
            issue(pki, "a.example.com", ["uri_sans": "spiffe://example/{{\(Self.name)}}"]),
            status: 400)
    }

    @Test("a URI has the caller's own name in it, and a request for signing is checked as well")
    func uri() throws {
        let pki = try made(
            [Self.name: "alice"],
            [
                "allowed_domains": ["example.com"],
                "allowed_uri_sans": ["spiffe://example/user/{{\(Self.name)}}"],
            ])
        let good = issue(pki, "a.example.com", ["uri_sans": "spiffe://example/user/alice"])
        #expect(
            try good.certificate().alternativeNames.contains(.uri("spiffe://example/user/alice")))
        check(
            issue(pki, "a.example.com", ["uri_sans": "spiffe://example/user/bob"]), status: 400)
        for (name, status) in [("alice", 200), ("bob", 400)] {
            let names = CertificateExtension.subjectAltName(
                [.uri("spiffe://example/user/\(name)")], critical: false)
            let request = try csr("a.example.com", [names])
            check(pki.post("sign/own", ["csr": request]), status: status)
        }
    }

    @Test(
        "what somebody is called takes no name of a rule apart",
        arguments: [
            ("{{identity.entity.name}}.example.com", "victim@mail", "victim@mail.example.com"),
            ("mail.{{identity.entity.name}}", "a@b.c", "mail.a@b.c"),
        ])
    func signs(domain: String, name: String, wanted: String) throws {
        let pki = try made(
            [Self.name: name],
            ["allowed_domains": [.string(domain)], "allow_bare_domains": true])
        check(issue(pki, wanted), status: 400, error: "not allowed")
    }

    @Test("nor of a URI", arguments: ["a%2Fadmin", "a?admin", "a#admin", "a@admin", "a;admin"])
    func uriSigns(name: String) throws {
        let pki = try made(
            [Self.name: name],
            [
                "allowed_domains": ["example.com"],
                "allowed_uri_sans": ["spiffe://example/{{\(Self.name)}}"],
            ])
        check(
            issue(pki, "a.example.com", ["uri_sans": .string("spiffe://example/\(name)")]),
            status: 400, error: "not allowed")
    }

    @Test("an entry that is a template and nothing else may be a mail address")
    func mail() throws {
        let pki = try made(
            [Self.accessor: "alice@example.com"],
            ["allowed_domains": ["{{\(Self.accessor)}}"], "allow_bare_domains": true])
        check(issue(pki, "alice@example.com"), status: 200)
        check(issue(pki, "bob@example.com"), status: 400)
    }

    @Test("braces are what they are where the role does not say that there are templates")
    func notTemplates() throws {
        let pki = try made(
            [Self.name: "alice"],
            [
                "allowed_domains": ["{{\(Self.name)}}.example.com"],
                "allowed_domains_template": false, "allow_bare_domains": true,
            ])
        check(issue(pki, "alice.example.com"), status: 400)
    }

    @Test("a template of an unknown parameter is refused when the role is written")
    func unknown() throws {
        let pki = try PKIHarness()
        let bad: JSONValue = ["allowed_domains": ["{{other}}"], "allowed_domains_template": true]
        check(pki.role("own", bad), status: 400, error: "unknown template parameter")
        check(pki.role("own"), status: 200)
        check(
            pki.call(.patch, "roles/own", bad), status: 400, error: "unknown template parameter")
        check(pki.get("roles/own"), status: 200)
        #expect(pki.get("roles/own").texts("allowed_domains") == ["example.com"])
    }
}
