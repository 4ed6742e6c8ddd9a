import Certificates
import Cryptography
import JSON
import Paths
import PluginTesting
import Testing

@testable import PKI

@Suite struct ResponderTests {
    private func made(_ settings: JSONValue = [:]) throws -> (PKIHarness, PKIHarness.Reply) {
        let pki = try PKIHarness()
        pki.root()
        pki.role("leaf", ["no_store": true])
        var settings = settings
        settings["ocsp_delegated"] = true
        check(pki.post("config/crl", settings), status: 200)
        return (pki, pki.issue("a.example.com", role: "leaf"))
    }

    /// The certificates that the mount has signed for responders.
    private func responders(_ pki: PKIHarness) throws -> [Certificate] {
        try pki.list("certs/").texts("keys").map { try pki.get("cert/\($0)").certificate() }
            .filter { $0.subjectName?.commonName?.hasPrefix("OCSP responder of ") == true }
    }

    private func has(_ body: [UInt8], _ part: [UInt8]) -> Bool {
        body.indices.contains { body[$0...].starts(with: part) }
    }

    @Test("an answer carries the certificate of its responder, which is good for nothing else")
    func delegated() throws {
        let (pki, leaf) = try made()
        let body = try StatusQuestion.ask(pki, StatusQuestion.of(leaf))
        let responder = try #require(try responders(pki).first)
        #expect(has(body, responder.der))
        #expect(responder.isSigned(by: try leaf.certificate("issuing_ca")))
        #expect(responder.keyUsage == [.digitalSignature])
        #expect(!responder.authority.isAuthority)
        #expect(responder.extensions.contains(.extendedKeyUsage([.ocspSigning])))
        #expect(responder.extensions.contains(.noRevocationCheck))
        #expect(responder.notAfter.seconds == 1_800_000_000 + 7 * 86_400)
    }

    @Test("by default the issuer signs by itself, and nothing is certified")
    func direct() throws {
        let (pki, leaf) = try made()
        #expect(pki.get("config/crl")["ocsp_delegated"]?.boolValue == true)
        pki.post("config/crl", ["ocsp_delegated": false])
        _ = try StatusQuestion.ask(pki, StatusQuestion.of(leaf))
        #expect(try responders(pki).isEmpty)
        #expect(try PKIHarness().get("config/crl")["ocsp_delegated"]?.boolValue == false)
    }

    @Test("a responder is kept, and another one made well before its end")
    func renewed() throws {
        let (pki, leaf) = try made(["ocsp_responder_ttl": "3h"])
        let question = try StatusQuestion.of(leaf)
        for _ in 0..<3 {
            _ = try StatusQuestion.ask(pki, question)
            pki.advance(seconds: 61)
        }
        #expect(try responders(pki).count == 1)
        pki.advance(seconds: 2 * 3_600)
        let body = try StatusQuestion.ask(pki, question)
        let both = try responders(pki)
        #expect(both.count == 2)
        let newest = try #require(both.max { $0.notAfter < $1.notAfter })
        #expect(has(body, newest.der))
    }

    @Test("a responder ends with its issuer, and is not made again and again before that")
    func end() throws {
        let pki = try PKIHarness()
        pki.root("Root", ["ttl": "2h"])
        pki.role("leaf", ["no_store": true, "ttl": "1h"])
        pki.post("config/crl", ["ocsp_delegated": true])
        let question = try StatusQuestion.of(pki.issue("a.example.com", role: "leaf"))
        for _ in 0..<3 {
            _ = try StatusQuestion.ask(pki, question)
            pki.advance(seconds: 2_000)
        }
        #expect(try responders(pki).count == 1)
        #expect(try responders(pki).first?.notAfter.seconds == 1_800_000_000 + 7_200)
    }

    @Test("the key of a responder is in no entry: another process makes another one")
    func memory() throws {
        let (pki, leaf) = try made()
        let question = try StatusQuestion.of(leaf)
        _ = try StatusQuestion.ask(pki, question)
        let next = try PKIHarness(storage: pki.harness.storage)
        _ = try StatusQuestion.ask(next, question)
        #expect(try responders(next).count == 2)
    }

    @Test("an issuer without the usage answers nothing, with a responder or without")
    func usage() throws {
        let (pki, leaf) = try made()
        check(
            pki.call(.patch, "issuer/default", ["usage": "read-only,issuing-certificates"]),
            status: 200)
        let question = try StatusQuestion.of(leaf)
        #expect(pki.post("ocsp", ["body": .string(Base64.encode(question))]).status == 401)
        #expect(try responders(pki).isEmpty)
    }

    @Test("one that has stopped issuing still has a responder")
    func retired() throws {
        let (pki, leaf) = try made(["ocsp_responder_key_type": "ed25519"])
        check(pki.call(.patch, "issuer/default", ["usage": "ocsp-signing"]), status: 200)
        let body = try StatusQuestion.ask(pki, StatusQuestion.of(leaf))
        let responder = try #require(try responders(pki).first)
        #expect(has(body, responder.der) && responder.keyDescription?.type == "ed25519")
    }

    @Test("settings that make no sense are refused")
    func refused() throws {
        let pki = try PKIHarness()
        check(pki.post("config/crl", ["ocsp_responder_ttl": "59m"]), status: 400, error: "hour")
        check(
            pki.post("config/crl", ["ocsp_responder_key_type": "dsa"]), status: 400,
            error: "unknown key type")
    }
}
