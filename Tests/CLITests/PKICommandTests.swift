import Certificates
import Cryptography
import JSON
import Testing

@testable import CLI

@Suite("pki")
struct PKICommandTests {
    /// A certificate of an authority in PEM, signed by another or by itself.
    private func authority(
        _ name: String, _ key: PrivateKey, by signer: (name: String, key: PrivateKey)? = nil
    ) throws -> String {
        func named(_ text: String) -> [UInt8] {
            var name = DistinguishedName()
            name.append(.commonName, [text])
            return name.der
        }
        var template = CertificateTemplate(
            serial: [1], issuer: named(signer?.name ?? name), subject: named(name),
            notBefore: CertificateTime(seconds: 0), notAfter: .latest, publicKey: key.publicPart)
        template.extensions = [.basicConstraints(isAuthority: true, pathLength: nil)]
        if let signer {
            template.authorityKeyIdentifier = try KeyIdentifier.of(signer.key.publicPart)
        }
        return PEM.encode("CERTIFICATE", try template.sign(with: signer?.key ?? key))
    }

    private func issuer(_ pem: String, chain: [String]) -> Canned {
        .data(
            JSONValue.object(
                JSONObject([("certificate", .string(pem)), ("ca_chain", .strings(chain))])
            ).encodedString())
    }

    @Test("an issuer's signature is told from a stranger's of the same name")
    func verifySign() async throws {
        let (rootKey, otherKey) = (try PrivateKey.generate(.p256), try PrivateKey.generate(.p256))
        let root = try authority("Root", rootKey)
        let impostor = try authority("Root", otherKey)
        let child = try authority(
            "Child", try PrivateKey.generate(.p256), by: (name: "Root", key: rootKey))
        try await FakeServer.with([
            "GET /v1/a/issuer/root": issuer(root, chain: [root]),
            "GET /v1/a/issuer/impostor": issuer(impostor, chain: [impostor]),
            "GET /v1/b/issuer/child": issuer(child, chain: [child, root]),
        ]) { server in
            let good = await coffer(
                "pki verify-sign -format=json a/issuer/root b/issuer/child", server: server)
            #expect(good.code == 0)
            let rows = try JSONValue(parsing: good.out)
            for name in ["key_id_match", "path_match", "signature_match", "trust_match"] {
                #expect(rows[name] == true)
            }
            let bad = await coffer(
                "pki verify-sign -format=json a/issuer/impostor b/issuer/child", server: server)
            let others = try JSONValue(parsing: bad.out)
            #expect(others["subject_match"] == true)
            #expect(others["signature_match"] == false && others["trust_match"] == false)
            let list = await coffer(
                "pki list-intermediates -format=json a/issuer/root b/issuer/child a/issuer/impostor",
                server: server)
            let matches = try JSONValue(parsing: list.out)
            #expect(matches["b/issuer/child"] == true && matches["a/issuer/impostor"] == false)
        }
    }

    @Test("what is no issuer is said to be none")
    func noIssuer() async throws {
        try await FakeServer.with(["GET /v1/a/issuer/x": .data(#"{"certificate":"none"}"#)]) {
            server in
            let outcome = await coffer("pki verify-sign a/issuer/x a/issuer/x", server: server)
            #expect(outcome.code != 0)
            #expect(outcome.err.contains("answered no certificate"))
        }
        await #expect(coffer("pki issue pki/issuer/default").code == 1)
    }
}
