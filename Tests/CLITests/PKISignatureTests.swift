import Certificates
import Cryptography
import JSON
import NIOHTTP1
import Testing

@testable import CLI

@Suite("Which certificate signed which")
struct PKISignatureTests {
    private func match(
        _ issuer: TestAuthority, _ issued: TestAuthority, chain: [TestAuthority] = []
    ) async throws -> [String: Bool] {
        try await FakeServer.with([
            "GET /v1/a/issuer/x": issuer.answer(),
            "GET /v1/b/issuer/y": issued.answer(chain: chain),
        ]) { server in
            let outcome = await coffer(
                "pki verify-sign -format=json a/issuer/x /b/issuer/y/", server: server)
            #expect(outcome.code == 0, "\(outcome.err)")
            let members = try JSONValue(parsing: Array(outcome.out.utf8)).objectValue
            return (members ?? JSONObject()).members.reduce(into: [:]) {
                $0[$1.key] = $1.value.boolValue
            }
        }
    }

    private let all = [
        "subject_match", "path_match", "trust_match", "key_id_match", "signature_match",
    ]

    private func only(_ names: String...) -> [String: Bool] {
        Dictionary(uniqueKeysWithValues: all.map { ($0, names.contains($0)) })
    }

    @Test("an issuer and what it signed match in everything")
    func everything() async throws {
        let root = try TestAuthority("Root")
        let child = try TestAuthority("Child", below: root)
        let found = try await match(root, child, chain: [root])
        #expect(found == Dictionary(uniqueKeysWithValues: all.map { ($0, true) }))
    }

    @Test("another authority of the same name matches in its name only")
    func impostor() async throws {
        let root = try TestAuthority("Root")
        let child = try TestAuthority("Child", below: root)
        let found = try await match(try TestAuthority("Root"), child, chain: [root])
        #expect(found == only("subject_match"))
    }

    @Test("a root above the parent is trusted through the chain, and has not signed")
    func grandparent() async throws {
        let root = try TestAuthority("Root")
        let middle = try TestAuthority("Middle", below: root)
        let child = try TestAuthority("Child", below: middle)
        let found = try await match(root, child, chain: [middle, root])
        #expect(found == only("path_match", "trust_match"))
        let without = try await match(root, child)
        #expect(without == only())
    }

    @Test("a signature counts also where the names do not fit, and then nobody trusts it")
    func otherName() async throws {
        let root = try TestAuthority("Root")
        let child = try TestAuthority("Child", below: root, issuerName: "Someone Else")
        let found = try await match(root, child)
        #expect(found == only("key_id_match", "signature_match"))
    }

    @Test("an expired certificate is not trusted, whoever signed it")
    func expired() async throws {
        let root = try TestAuthority("Root")
        let old = try TestAuthority("Old", below: root, hours: -1)
        let found = try await match(root, old, chain: [root])
        #expect(found["trust_match"] == false && found["signature_match"] == true)
    }

    @Test("the table says what was compared")
    func table() async throws {
        let root = try TestAuthority("Root")
        try await FakeServer.with(["GET /v1/a/issuer/x": root.answer()]) { server in
            let outcome = await coffer(
                "pki verify-sign a/issuer/x a/issuer/x", server: server)
            #expect(outcome.out.hasPrefix("issuer:a/issuer/x\nissued:a/issuer/x\n\nfield"))
            #expect(outcome.out.contains("signature_match    true\n"))
        }
    }

    @Test("what is no certificate is an error", arguments: ["", "hello", "-----BEGIN X-----"])
    func broken(text: String) async throws {
        let data = JSONValue.object(["certificate": .string(text)]).encodedString()
        try await FakeServer.with(always: .data(data)) { server in
            let outcome = await coffer("pki verify-sign a/issuer/x b/issuer/y", server: server)
            #expect(outcome.code == 2)
            #expect(outcome.err.contains("no certificate that can be read"))
        }
    }

    // MARK: list-intermediates

    private static let mounts = Canned.data(
        #"{"pki_int/":{"type":"pki"},"pki_shut/":{"type":"pki"},"secret/":{"type":"kv"}}"#)

    private func answers(
        _ root: TestAuthority, _ child: TestAuthority, _ other: TestAuthority,
        chain: [TestAuthority] = []
    ) -> [String: Canned] {
        [
            "GET /v1/pki/issuer/root": root.answer(),
            "GET /v1/sys/mounts": Self.mounts,
            "GET /v1/pki_shut/issuers?list=true": .errors(403, "permission denied"),
            "GET /v1/pki_int/issuers?list=true": .data(
                #"{"keys":["i-2","i-1"],"key_info":{"i-1":{"issuer_name":"web"},"#
                    + #""i-2":{"issuer_name":"","is_default":true}}}"#),
            "GET /v1/pki_int/issuer/i-1": child.answer(chain: chain),
            "GET /v1/pki_int/issuer/i-2": other.answer(),
        ]
    }

    @Test("the issuers of all mounts are compared, and a mount that is shut is said")
    func list() async throws {
        let root = try TestAuthority("Root")
        let child = try TestAuthority("Child", below: root)
        let answers = answers(root, child, try TestAuthority("Other"), chain: [root])
        try await FakeServer.with(answers) { server in
            let outcome = await coffer("pki list-intermediates pki/issuer/root", server: server)
            #expect(outcome.code == 0)
            #expect(
                outcome.out == """
                    intermediate          match?
                    ------------          ------
                    pki_int/issuer/i-1    true
                    pki_int/issuer/i-2    false

                    """)
            #expect(outcome.err.contains("pki_shut/ is left out"))
            let named = await coffer(
                "pki list-intermediates -use_names -format=json pki/issuer/root pki_int",
                server: server)
            let json = try JSONValue(parsing: Array(named.out.utf8))
            #expect(json == ["pki_int/issuer/default": false, "pki_int/issuer/web": true])
        }
    }

    @Test("flags say what has to match")
    func criteria() async throws {
        let root = try TestAuthority("Root")
        let child = try TestAuthority("Child", below: root)
        // Of the same name, and not the one that signed.
        let answers = answers(
            try TestAuthority("Root"), child, try TestAuthority("Other"), chain: [root])
        try await FakeServer.with(answers) { server in
            func isMatch(_ flags: String) async -> Bool {
                let outcome = await coffer(
                    "pki list-intermediates \(flags) pki/issuer/root pki_int/issuer/i-1",
                    server: server)
                return outcome.out.contains("i-1    true")
            }
            let loose = "-key_id_match=false -direct_verify=false"
            #expect(await isMatch("") == false)
            #expect(await isMatch(loose) == false)
            #expect(await isMatch(loose + " -indirect_sign=false"))
            #expect(await isMatch(loose + " -indirect_sign=false -path_contains") == false)
        }
    }

    @Test("a mount that was named and cannot be listed is an error")
    func named() async throws {
        let root = try TestAuthority("Root")
        try await FakeServer.with(answers(root, root, root)) { server in
            let outcome = await coffer(
                "pki list-intermediates pki/issuer/root pki_shut", server: server)
            #expect(outcome.code == 2)
            #expect(outcome.err.contains("permission denied"))
        }
    }
}
