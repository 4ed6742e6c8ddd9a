import Certificates
import Clock
import Cryptography
import Glibc
import JSON
import NIOHTTP1
import Testing

@testable import CLI

@Suite("The health of PKI mounts")
struct PKIHealthTests {
    /// A mount in which every check finds all well.
    private func well(_ changes: [String: Canned] = [:]) throws -> [String: Canned] {
        let root = try TestAuthority("Root", hours: 24 * 3_650)
        let child = try TestAuthority("Child", below: root, hours: 24 * 365)
        let request = [
            "certificate", "issuer_ref", "common_name", "alt_names", "other_sans", "ip_sans",
            "uri_sans", "ttl", "not_after", "serial_number", "key_type", "private_key_format",
            "managed_key_name", "managed_key_id", "ou", "organization", "country", "locality",
            "province", "street_address", "postal_code", "permitted_dns_domains",
            "policy_identifiers", "ext_key_usage_oids", "csr",
        ]
        let now = CertificateTime(Timestamp.now).rfc3339
        let answers: [String: Canned] = [
            "GET /v1/pki/issuers?list=true": .data(#"{"keys":["c"]}"#),
            "GET /v1/pki/issuer/c/json": child.answer(id: "c", chain: [root]),
            "GET /v1/pki/issuer/c/crl": .data(try list(root, from: -1, until: 99)),
            "GET /v1/pki/config/crl": .data(#"{"auto_rebuild":true,"enable_delta":false}"#),
            "GET /v1/pki/certs?list=true": .data(#"{"keys":[]}"#),
            "GET /v1/pki/roles?list=true": .data(#"{"keys":["web"]}"#),
            "GET /v1/pki/roles/web": role(),
            "GET /v1/sys/mounts/pki/tune": .data(
                JSONValue.object([
                    "audit_non_hmac_request_keys": .strings(request),
                    "audit_non_hmac_response_keys": [
                        "certificate", "issuing_ca", "serial_number", "error", "ca_chain",
                    ],
                ]).encodedString()),
            "GET /v1/sys/internal/ui/mounts/pki": .data(
                #"{"config":{"passthrough_request_headers":["if-modified-since"],"#
                    + #""allowed_response_headers":["Last-Modified"]}}"#),
            "GET /v1/pki/config/auto-tidy": .data(
                #"{"enabled":true,"interval_duration":43200,"pause_duration":"0s"}"#),
            "GET /v1/pki/tidy-status": .data(
                #"{"state":"Finished","time_finished":"\#(now)","current_cert_store_count":7}"#),
            "GET /v1/pki/config/acme": .errors(404, "unsupported path"),
        ]
        return answers.merging(changes) { $1 }
    }

    private func role(_ changes: (String, JSONValue)...) -> Canned {
        let usual: [(String, JSONValue)] = [
            ("allow_localhost", false), ("allowed_domains", .strings(["example.com"])),
            ("allow_glob_domains", false), ("allow_wildcard_certificates", true),
            ("no_store", true),
        ]
        var role = JSONObject(usual)
        for (name, value) in changes { role[name] = value }
        return .data(JSONValue.object(role).encodedString())
    }

    /// A revocation list that began and ends so many hours from now.
    private func list(_ signer: TestAuthority, from: Int64, until: Int64) throws -> String {
        let now = CertificateTime(Timestamp.now)
        let der = try RevocationList(
            issuer: signer.certificate.subject, authorityKeyIdentifier: [1], number: 1,
            thisUpdate: now.adding(seconds: from * 3_600),
            nextUpdate: now.adding(seconds: until * 3_600), entries: []
        ).sign(with: signer.key)
        return JSONValue.object(["crl": .string(PEM.encode("X509 CRL", der))]).encodedString()
    }

    private struct Finding {
        let code: Int32
        let results: [String: [String]]
        let endpoints: [String: [String]]
    }

    private func check(
        _ answers: [String: Canned], _ flags: String = "", isRetried: Bool = false
    ) async throws -> Finding {
        try await FakeServer.with(answers) { server in
            let outcome = await coffer(
                "pki health-check -format=json \(flags) pki/", server: server)
            let members =
                (try? JSONValue(parsing: Array(outcome.out.utf8)))?.objectValue?.members ?? []
            func texts(_ field: String) -> [String: [String]] {
                members.reduce(into: [:]) { all, member in
                    all[member.key] = member.value.arrayValue?.compactMap {
                        $0[field]?.stringValue
                    }
                }
            }
            #expect(server.received.allSatisfy { $0.method == "GET" })
            #expect(
                isRetried || Set(server.lines).count == server.lines.count,
                "each thing is asked for once")
            return Finding(
                code: outcome.code, results: texts("status"), endpoints: texts("endpoint"))
        }
    }

    @Test("a mount that is well is 0, with every check in the answer")
    func healthy() async throws {
        let found = try await check(try well())
        #expect(found.code == 0)
        #expect(Set(found.results.keys) == Set(HealthCheck.all.map(\.name)))
        for (name, statuses) in found.results {
            let expected: Set =
                ["enable_acme_issuance", "allow_acme_headers", "root_issued_leaves"].contains(name)
                ? ["not_applicable"] : ["ok"]
            #expect(Set(statuses) == expected, "\(name)")
        }
        #expect(found.endpoints["ca_validity_period"] == ["/pki/issuer/c"])
    }

    @Test("a mount with nothing in it is not applicable where there is nothing to look at")
    func empty() async throws {
        var answers = try well()
        for path in ["issuers", "roles"] { answers["GET /v1/pki/\(path)?list=true"] = Canned(404) }
        let found = try await check(answers)
        #expect(found.results["ca_validity_period"] == ["not_applicable"])
        #expect(found.results["role_no_store_false"] == ["not_applicable"])
    }

    @Test(
        "an authority's end is the more severe the nearer it is, and sooner for a root",
        arguments: [
            (true, 100, "critical"), (true, 300, "warning"), (true, 600, "informational"),
            (true, 800, "ok"), (false, 20, "critical"), (false, 50, "warning"),
            (false, 100, "informational"), (false, 200, "ok"),
        ])
    func validity(isRoot: Bool, days: Int64, expected: String) async throws {
        let root = try TestAuthority("Root", hours: 24 * days)
        let child = try TestAuthority("Child", below: root, hours: 24 * days)
        let answers = try well([
            "GET /v1/pki/issuer/c/json": (isRoot ? root : child).answer(id: "c")
        ])
        let found = try await check(answers)
        #expect(found.results["ca_validity_period"] == [expected])
    }

    @Test("an authority that has ended is critical, whatever the thresholds are")
    func ended() async throws {
        let old = try TestAuthority("Root", hours: -1)
        try await withTemporaryFolder { folder in
            let path = folder + "/health.json"
            try LocalFile.replace(
                path,
                with: Array(
                    (#"{"ca_validity_period":{"enabled":true,"root_expiry_critical":"0s","#
                        + #""root_expiry_warning":0,"root_expiry_informational":0}}"#).utf8))
            let answers = try well(["GET /v1/pki/issuer/c/json": old.answer(id: "c")])
            let found = try await check(
                answers, "-default-disabled -health-config=\(path)")
            #expect(found.code == 4)
            #expect(found.results == ["ca_validity_period": ["critical"]])
        }
    }

    @Test("a list that is nearly over is critical, and one that should be new is said")
    func lists() async throws {
        let root = try TestAuthority("Root")
        func status(_ from: Int64, _ until: Int64, _ settings: String) async throws -> [String]? {
            let answers = try well([
                "GET /v1/pki/issuer/c/crl": .data(try list(root, from: from, until: until)),
                "GET /v1/pki/config/crl": .data(settings),
            ])
            return try await check(answers).results["crl_validity_period"]
        }
        let grace = #"{"auto_rebuild":true,"auto_rebuild_grace_period":"12h"}"#
        #expect(try await status(-70, 2, grace) == ["critical"])
        #expect(try await status(-70, -1, grace) == ["critical"])
        #expect(try await status(-65, 7, grace) == ["informational"])
        #expect(try await status(-10, 62, grace) == ["ok"])
        #expect(
            try await status(-10, 62, #"{"auto_rebuild":false}"#) == ["informational", "ok"])
    }

    @Test("a list's times are read, also those after 2049, and damage is no list")
    func listTimes() throws {
        let root = try TestAuthority("Root")
        func pem(_ until: Int64) throws -> String {
            let der = try RevocationList(
                issuer: root.certificate.subject, authorityKeyIdentifier: [1], number: 1,
                thisUpdate: CertificateTime(seconds: 1_000_000_000),
                nextUpdate: CertificateTime(seconds: until), entries: []
            ).sign(with: root.key)
            return PEM.encode("X509 CRL", der)
        }
        let short = try #require(ListValidity(pem: try pem(1_000_001_000)))
        #expect(short.from.seconds == 1_000_000_000 && short.until.seconds == 1_000_001_000)
        #expect(short.percentOver(CertificateTime(seconds: 1_000_000_955)) == 95)
        #expect(short.percentOver(CertificateTime(seconds: 0)) == 0)
        #expect(try ListValidity(pem: pem(4_000_000_000))?.until.seconds == 4_000_000_000)
        let der = try #require(PEM.decode(try pem(1_000_001_000))?.first?.der)
        for count in 0..<60 {
            #expect(ListValidity(pem: PEM.encode("X509 CRL", Array(der[..<count]))) == nil)
        }
        #expect(ListValidity(pem: "") == nil)
    }

    @Test("a leaf that a root has signed is found, and one of an intermediate is not")
    func leaves() async throws {
        let root = try TestAuthority("Root", hours: 24 * 3_650)
        let other = try TestAuthority("Other")
        func leaf(_ signer: TestAuthority) throws -> Canned {
            let key = try PrivateKey.generate(.p256)
            var template = CertificateTemplate(
                serial: [9], issuer: signer.certificate.subject, subject: DistinguishedName().der,
                notBefore: CertificateTime(seconds: 0), notAfter: .latest,
                publicKey: try key.publicKey())
            template.authorityKeyIdentifier = signer.certificate.subjectKeyIdentifier
            let text = PEM.encode("CERTIFICATE", try template.sign(with: signer.key))
            return .data(JSONValue.object(["certificate": .string(text)]).encodedString())
        }
        let answers = try well([
            "GET /v1/pki/issuer/c/json": root.answer(id: "c"),
            "GET /v1/pki/certs?list=true": .data(#"{"keys":["01","02","03","04"]}"#),
            "GET /v1/pki/cert/01": try leaf(other), "GET /v1/pki/cert/02": try leaf(root),
            "GET /v1/pki/cert/03": root.answer(),
            "GET /v1/pki/cert/04": .data(#"{"certificate":"damaged"}"#),
        ])
        let found = try await check(answers)
        #expect(found.code == 3)
        #expect(found.endpoints["root_issued_leaves"] == ["/pki/cert/02"])
    }

    @Test("what roles allow is found, unless the configuration allows it")
    func roles() async throws {
        let loose = role(
            ("allow_localhost", true), ("allow_glob_domains", true), ("no_store", false))
        let answers = try well(["GET /v1/pki/roles/web": loose])
        let found = try await check(answers)
        #expect(found.code == 3)
        #expect(found.results["role_allows_localhost"] == ["warning"])
        #expect(found.results["role_allows_glob_wildcards"] == ["warning"])
        #expect(found.results["role_no_store_false"] == ["informational"])
        try await withTemporaryFolder { folder in
            let path = folder + "/health.json"
            try LocalFile.replace(
                path,
                with: Array(
                    (#"{"role_allows_glob_wildcards":{"allowed_roles":["web"]},"#
                        + #""role_allows_localhost":{"enabled":false}}"#).utf8))
            let allowed = try await check(answers, "-health-config=\(path)")
            #expect(allowed.results["role_allows_glob_wildcards"] == ["ok"])
            #expect(allowed.results["role_allows_localhost"] == nil)
            #expect(allowed.code == 2)
        }
    }

    @Test(
        "tidies that are off, rare, long ago or failing are found",
        arguments: [
            ("config/auto-tidy", #"{"enabled":false}"#, "enable_auto_tidy", "informational"),
            (
                "config/auto-tidy", #"{"enabled":true,"interval_duration":259200}"#,
                "enable_auto_tidy", "warning"
            ),
            (
                "config/auto-tidy", #"{"enabled":true,"pause_duration":"2s"}"#,
                "enable_auto_tidy", "critical"
            ),
            ("tidy-status", #"{"state":"Inactive"}"#, "tidy_last_run", "critical"),
            (
                "tidy-status", #"{"state":"Error","time_finished":"2026-01-01T00:00:00Z"}"#,
                "tidy_last_run", "critical"
            ),
            (
                "tidy-status", #"{"time_finished":"2020-01-01T00:00:00Z"}"#, "tidy_last_run",
                "critical"
            ),
            ("tidy-status", #"{"state":"Running"}"#, "tidy_last_run", "ok"),
            (
                "tidy-status", #"{"state":"Running","current_cert_store_count":50000}"#,
                "too_many_certs", "warning"
            ),
            (
                "tidy-status", #"{"state":"Running","current_cert_store_count":250000}"#,
                "too_many_certs", "critical"
            ),
        ])
    func tidy(path: String, answer: String, name: String, expected: String) async throws {
        let found = try await check(try well(["GET /v1/pki/\(path)": .data(answer)]))
        #expect(found.results[name] == [expected])
    }

    @Test("private keys that are in the audit log are a warning, what is missing is information")
    func audit() async throws {
        let answers = try well([
            "GET /v1/sys/mounts/pki/tune": .data(
                #"{"audit_non_hmac_response_keys":["private_key","certificate"]}"#)
        ])
        let statuses = try await check(answers).results["audit_visibility"] ?? []
        #expect(statuses.filter { $0 == "warning" }.count == 1)
        #expect(statuses.filter { $0 == "informational" }.count == 25 + 4)
    }

    @Test("what the token may not read, and what the server lacks, have exit codes of their own")
    func refusals() async throws {
        let denied = try well(["GET /v1/pki/roles?list=true": .errors(403, "denied")])
        let found = try await check(denied)
        #expect(found.code == 6)
        #expect(found.results["role_allows_localhost"] == ["insufficient_permissions"])
        #expect(found.results["tidy_last_run"] == ["ok"])
        let old = try well(["GET /v1/pki/config/auto-tidy": .errors(405, "unsupported operation")])
        #expect(try await check(old).code == 5)
        // No finding is made of a server that is not there.
        let sealed = try well(["GET /v1/pki/roles?list=true": .errors(500, "sealed")])
        #expect(try await check(sealed, isRetried: true).code == 1)
    }

    @Test(
        "the indicator says from which severity on the exit code is not 0",
        arguments: [
            ("default", 3), ("informational", 3), ("warning", 3), ("critical", 0),
            ("permission", 0),
        ] as [(String, Int32)])
    func indicator(name: String, expected: Int32) async throws {
        let answers = try well(["GET /v1/pki/roles/web": role(("allow_localhost", true))])
        #expect(try await check(answers, "-return-indicator=\(name)").code == expected)
    }

    @Test("the list shows all checks with their parameters, and asks nothing")
    func listing() async throws {
        try await FakeServer.with(always: .errors(500, "asked")) { server in
            let outcome = await coffer("pki health-check -list -format=json pki", server: server)
            #expect(outcome.code == 0)
            let json = try JSONValue(parsing: Array(outcome.out.utf8))
            #expect(json.objectValue?.count == HealthCheck.all.count)
            #expect(
                json["tidy_last_run"]
                    == ["enabled": true, "last_run_critical": "7d", "last_run_warning": "2d"])
            #expect(server.received.isEmpty)
        }
    }

    @Test(
        "a configuration that cannot be meant is refused before anything is asked",
        arguments: [
            "[]", "no JSON", #"{"ca_validity":{}}"#, #"{"tidy_last_run":3}"#,
            #"{"tidy_last_run":{"last_run":"1d"}}"#,
            #"{"tidy_last_run":{"last_run_warning":"soon"}}"#,
            #"{"too_many_certs":{"count_critical":"many"}}"#,
            #"{"role_no_store_false":{"allowed_roles":"web"}}"#,
        ])
    func badFile(text: String) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/health.json"
            try LocalFile.replace(path, with: Array(text.utf8))
            try await FakeServer.with(always: .errors(500, "asked")) { server in
                let outcome = await coffer(
                    "pki health-check -health-config=\(path) pki", server: server)
                #expect(outcome.code == 1)
                #expect(server.received.isEmpty)
            }
        }
    }
}
