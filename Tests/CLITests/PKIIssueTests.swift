import Certificates
import Cryptography
import JSON
import NIOHTTP1
import Testing

@testable import CLI

@Suite("Making intermediate authorities")
struct PKIIssueTests {
    private static let root = Result { try TestAuthority("Root") }

    private func answers(
        _ root: TestAuthority, _ made: TestAuthority
    ) -> [String: Canned] {
        [
            "GET /v1/pki/issuer/default": root.answer(id: "r", name: "root-ca"),
            "GET /v1/pki_int/issuers?list=true": .data(
                #"{"keys":["o"],"key_info":{"o":{"issuer_name":"taken"}}}"#),
            "PUT /v1/pki_int/intermediate/generate/internal": .data(
                #"{"csr":"the request","key_id":"k-9"}"#),
            "PUT /v1/pki_int/intermediate/generate/existing": .data(
                #"{"csr":"the request","key_id":"k-1"}"#),
            "PUT /v1/pki/issuer/default/sign-intermediate": .data(
                JSONValue.object([
                    "certificate": .string(made.pem), "ca_chain": .strings([root.pem]),
                ]).encodedString()),
            "PUT /v1/pki_int/issuers/import/cert": .data(
                #"{"imported_issuers":["n","p"],"existing_issuers":null}"#),
            "GET /v1/pki_int/issuer/n": made.answer(id: "n"),
            "GET /v1/pki_int/issuer/p": root.answer(id: "p"),
            "POST /v1/pki_int/issuer/n": .data("{}"),
            "POST /v1/pki_int/issuer/p": .data("{}"),
        ]
    }

    @Test("a request is made, signed and imported with its chain; child and parent get names")
    func steps() async throws {
        let root = try Self.root.get()
        let made = try TestAuthority("Web", below: root)
        try await FakeServer.with(answers(root, made)) { server in
            let outcome = await coffer(
                "pki issue -issuer_name=web /pki/issuer/default pki_int/ common_name=Web",
                server: server)
            #expect(outcome.code == 0, "\(outcome.err)")
            #expect(outcome.out.contains("issuer_id"))
            let writes = server.received.filter { $0.method != "GET" }
            #expect(
                writes.map(\.target) == [
                    "/v1/pki_int/intermediate/generate/internal",
                    "/v1/pki/issuer/default/sign-intermediate",
                    "/v1/pki_int/issuers/import/cert", "/v1/pki_int/issuer/n",
                    "/v1/pki_int/issuer/p",
                ])
            try #require(writes.count == 5)
            #expect(writes[0].json == ["common_name": "Web", "format": "pem"])
            #expect(writes[1].json?["csr"] == "the request")
            #expect(writes[1].json?["common_name"] == "Web")
            #expect(writes[2].json?["pem_bundle"]?.stringValue == made.pem + root.pem)
            // What the import set is sent along: a write replaces all of it.
            #expect(
                writes[3].json == [
                    "issuer_name": "web", "usage": "read-only,issuing-certificates",
                    "leaf_not_after_behavior": "err",
                ])
            #expect(writes[4].json?["issuer_name"] == "root-ca")
        }
    }

    @Test("a name that is taken is refused before anything is made")
    func taken() async throws {
        let root = try Self.root.get()
        try await FakeServer.with(answers(root, root)) { server in
            let outcome = await coffer(
                "pki issue -issuer_name=taken pki/issuer/default pki_int common_name=Web",
                server: server)
            #expect(outcome.code == 2)
            #expect(server.received.allSatisfy { $0.method == "GET" })
        }
    }

    @Test("if the parent does not sign, the key that is left over is named")
    func unsigned() async throws {
        let root = try Self.root.get()
        var answers = answers(root, root)
        answers["PUT /v1/pki/issuer/default/sign-intermediate"] = .errors(403, "denied")
        try await FakeServer.with(answers) { server in
            let outcome = await coffer(
                "pki issue pki/issuer/default pki_int common_name=Web", server: server)
            #expect(outcome.code == 2)
            #expect(outcome.err.contains("denied"))
            #expect(outcome.err.contains("k-9"))
            #expect(server.received.last?.target.hasSuffix("sign-intermediate") == true)
        }
    }

    @Test("a parent that cannot be named is a warning, and no failure")
    func parentName() async throws {
        let root = try Self.root.get()
        var answers = answers(root, try TestAuthority("Web", below: root))
        answers["POST /v1/pki_int/issuer/p"] = .errors(400, "issuer name already in use")
        let given = answers
        try await FakeServer.with(given) { server in
            let outcome = await coffer(
                "pki issue pki/issuer/default pki_int common_name=Web", server: server)
            #expect(outcome.code == 0)
            #expect(outcome.err.contains("could not be named"))
        }
    }

    @Test("an import without the new certificate is an error")
    func notTaken() async throws {
        let root = try Self.root.get()
        var answers = answers(root, try TestAuthority("Web", below: root))
        answers["PUT /v1/pki_int/issuers/import/cert"] = .data(#"{"imported_issuers":["p"]}"#)
        let given = answers
        try await FakeServer.with(given) { server in
            let outcome = await coffer(
                "pki issue pki/issuer/default pki_int common_name=Web", server: server)
            #expect(outcome.code == 2)
        }
    }

    @Test(
        "wrong command lines ask nothing of the server",
        arguments: [
            "pki issue pki/issuer/default pki_int", "pki issue pki pki_int common_name=x",
            "pki issue -type=exported pki/issuer/default pki_int common_name=x",
            "pki issue pki/issuer/default pki_int common_name=x format=der",
            "pki reissue pki/issuer/default pki_int/issuer/x", "pki verify-sign a/issuer/x",
            "pki list-intermediates",
        ])
    func usage(line: String) async throws {
        try await FakeServer.with(always: .errors(500, "asked")) { server in
            let outcome = await coffer(line, server: server)
            #expect(outcome.code == 1)
            #expect(server.received.isEmpty)
        }
    }

    // MARK: reissue

    private func template(_ root: TestAuthority) throws -> TestAuthority {
        var constraints = NameConstraints()
        constraints.permitted = [.dns("example.com"), .ip([10, 0, 0, 0, 255, 0, 0, 0])]
        constraints.excluded = [.uri(".bad.example")]
        return try TestAuthority(
            "old.example.com", below: root, hours: 100,
            extensions: [
                constraints.asExtension,
                .subjectAltName(
                    [.dns("old.example.com"), .dns("b.example.com"), .ip([192, 0, 2, 1])],
                    critical: false),
                .certificatePolicies([]),
            ]
        ) { subject in
            subject.append(.organization, ["Acme, Inc."])
            subject.append(.country, ["DE"])
        }
    }

    @Test("the template's fields are asked for again, and data replaces them")
    func reissue() async throws {
        let root = try Self.root.get()
        let old = try template(root)
        var answers = answers(root, try TestAuthority("New", below: root))
        answers["GET /v1/pki_int/issuer/old"] = old.answer(id: "old")
        let given = answers
        try await FakeServer.with(given) { server in
            let outcome = await coffer(
                "pki reissue pki/issuer/default pki_int/issuer/old pki_int common_name=New",
                server: server)
            #expect(outcome.code == 0, "\(outcome.err)")
            // The policies are none of the options.
            #expect(outcome.err.contains("2.5.29.32"))
            let request = server.received.first { $0.method == "PUT" }
            #expect(
                request?.json == [
                    "common_name": "New", "format": "pem", "organization": ["Acme, Inc."],
                    "country": ["DE"], "alt_names": ["b.example.com"], "ip_sans": ["192.0.2.1"],
                    "exclude_cn_from_sans": false, "ttl": "360000s", "key_type": "ec",
                    "key_bits": 256, "permitted_dns_domains": ["example.com"],
                    "permitted_ip_ranges": ["10.0.0.0/8"],
                    "excluded_uri_domains": [".bad.example"],
                ])
        }
    }

    @Test("with -type=existing it is the template's key, or the one that is named")
    func existing() async throws {
        let root = try Self.root.get()
        var answers = answers(root, try TestAuthority("New", below: root))
        answers["GET /v1/pki_int/issuer/old"] = try template(root).answer(id: "old")
        let given = answers
        try await FakeServer.with(given) { server in
            func request(_ data: String) async -> JSONValue? {
                let before = server.received.count
                _ = await coffer(
                    "pki reissue -type=existing pki/issuer/default pki_int/issuer/old pki_int"
                        + data, server: server)
                return server.received.dropFirst(before).first { $0.method == "PUT" }?.json
            }
            let own = await request("")
            #expect(own?["key_ref"] == "k-1")
            #expect(own?["skid"] != nil && own?["key_type"] == nil)
            let other = await request(" key_ref=other ttl=5h")
            #expect(other?["key_ref"] == "other" && other?["ttl"] == "5h")
            #expect(other?["skid"] == nil)
        }
    }

    @Test("networks are written with their length, and a mask with holes is none")
    func networks() {
        #expect(CertificateOptions.network([10, 0, 0, 0, 255, 255, 0, 0]) == "10.0.0.0/16")
        let zeros = [UInt8](repeating: 0, count: 31)
        #expect(CertificateOptions.network([0x20] + zeros) == "2000::/0")
        #expect(CertificateOptions.network([10, 0, 0, 0, 255, 0, 255, 0]) == nil)
        #expect(CertificateOptions.network([10, 0, 0]) == nil)
        #expect(CertificateOptions.network([]) == nil)
    }
}
