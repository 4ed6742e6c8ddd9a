import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK
import Testing

@testable import PKI

/// Several issuers of one mount: rotated, cross-signed, chained by hand.
@Suite struct ChainTests {
    private func id(_ pki: PKIHarness, _ reference: String) -> String {
        pki.get("issuer/\(reference)").text("issuer_id")
    }

    @Test("a rotated root waits under its name until it replaces the one before")
    func rotated() throws {
        let pki = try PKIHarness()
        pki.root("One")
        pki.role()
        let next = pki.post("root/rotate/internal", ["common_name": "Two", "key_type": "ec"])
        check(next, status: 200)
        #expect(next.text("issuer_name") == "next")
        let before = pki.issue("a.example.com")
        #expect(try before.certificate().issuerName?.commonName == "One")
        check(pki.post("root/replace"), status: 200)
        let after = pki.issue("a.example.com")
        #expect(try after.certificate().issuerName?.commonName == "Two")
        check(pki.post("root/replace", ["default": "none"]), status: 400)
        check(pki.post("root/replace", ["default": "default"]), status: 400)
    }

    @Test("a key that is here gets a second certificate, and what it signed has both issuers")
    func crossSigned() throws {
        let pki = try PKIHarness()
        let old = pki.root("Old", ["issuer_name": "old"])
        let new = pki.root("New", ["issuer_name": "new", "key_name": "new"])
        let request = pki.post(
            "intermediate/cross-sign", ["common_name": "New", "key_ref": "new"])
        check(request, status: 200)
        #expect(request.text("key_id") == new.text("key_id"))
        let crossed = pki.post(
            "issuer/old/sign-intermediate",
            ["csr": request["csr"] ?? "", "common_name": "New", "ttl": "43800h"])
        check(crossed, status: 200)
        let set = pki.post(
            "intermediate/set-signed", ["certificate": crossed["certificate"] ?? ""])
        let third = try #require(set.texts("imported_issuers").first)
        #expect(set["mapping"]?[third]?.stringValue == new.text("key_id"))
        pki.role()
        let leaf = try pki.post("issuer/new/issue/web", ["common_name": "a.example.com"])
            .certificate()
        #expect(leaf.isSigned(by: try new.certificate()))
        #expect(leaf.isSigned(by: try crossed.certificate()))
        #expect(try crossed.certificate().isSigned(by: try old.certificate()))
        // They are one signer, so they have one list.
        pki.post("revoke", ["serial_number": .string(SerialNumber.text(leaf.serial))])
        for issuer in ["new", third] {
            let list = try #require(pki.get("issuer/\(issuer)/crl/der").raw)
            #expect(
                try RevocationListReader.serials(list.body) == [SerialNumber.text(leaf.serial)])
        }
    }

    @Test("a chain that was written by hand is answered as it was written")
    func byHand() throws {
        let pki = try PKIHarness()
        pki.root("A", ["issuer_name": "a"])
        pki.root("B", ["issuer_name": "b"])
        pki.role("web", ["issuer_ref": "a"])
        let (first, second) = (id(pki, "a"), id(pki, "b"))
        for chain: JSONValue in ["b", ["b", "self"], ["self", "none"], ["self", "b", "b"]] {
            check(pki.call(.patch, "issuer/a", ["manual_chain": chain]), status: 400)
        }
        let written = pki.call(.patch, "issuer/a", ["manual_chain": ["self", "b"]])
        check(written, status: 200)
        #expect(written.texts("manual_chain") == [first, second])
        #expect(written.texts("ca_chain").count == 2)
        let leaf = pki.issue("a.example.com")
        #expect(leaf.texts("ca_chain") == written.texts("ca_chain"))
        // What is deleted is in no chain any more.
        pki.call(.delete, "issuer/b")
        #expect(pki.get("issuer/a").texts("manual_chain") == [first])
        #expect(pki.post("issuer/a", ["issuer_name": "a"])["manual_chain"] == .null)
    }

    /// An authority whose key signs certificates and no lists.
    private func signingOnly() throws -> String {
        let key = try PrivateKey.generate(.p256)
        var subject = DistinguishedName()
        subject.append(.commonName, ["Signs no lists"])
        var template = CertificateTemplate(
            serial: [1], issuer: subject.der, subject: subject.der,
            notBefore: CertificateTime(seconds: 1_700_000_000),
            notAfter: CertificateTime(seconds: 2_000_000_000), publicKey: key.publicPart)
        template.extensions = [
            .basicConstraints(isAuthority: true, pathLength: nil), .keyUsage([.certSign]),
        ]
        let der = try key.pkcs8().exposedBytes()
        return PEM.encode("CERTIFICATE", try template.sign(with: key))
            + PEM.encode("PRIVATE KEY", der)
    }

    @Test("a write without usages sets those that the certificate allows, a patch none")
    func usage() throws {
        let pki = try PKIHarness()
        let bundle = try signingOnly()
        let imported = pki.post("issuers/import/bundle", ["pem_bundle": .string(bundle)])
        let path = "issuer/\(try #require(imported.texts("imported_issuers").first))"
        let possible = "read-only,issuing-certificates,ocsp-signing"
        #expect(pki.get(path).text("usage") == possible)
        check(pki.call(.patch, path, ["usage": "read-only"]), status: 200)
        #expect(pki.call(.patch, path, ["issuer_name": "x"]).text("usage") == "read-only")
        #expect(pki.post(path, ["issuer_name": "x"]).text("usage") == possible)
        for operation in [Paths.Operation.update, .patch] {
            check(
                pki.call(operation, path, ["usage": "crl-signing"]), status: 400,
                error: "lacks the CRLSign KeyUsage")
        }
    }

    @Test("a write to an issuer that was revoked does not let it issue again")
    func revoked() throws {
        let pki = try PKIHarness()
        pki.root()
        check(pki.post("issuer/default/revoke"), status: 200)
        let posted = pki.post("issuer/default", ["issuer_name": "gone"])
        check(posted, status: 200)
        #expect(posted.text("usage") == "read-only,crl-signing,ocsp-signing")
        check(
            pki.post("issuer/default", ["usage": "issuing-certificates"]), status: 400,
            error: "cannot issue again")
    }

    @Test("keys are made, taken in and named, and a root is made for one that is here")
    func keys() throws {
        let pki = try PKIHarness()
        let made = pki.post("keys/generate/internal", ["key_type": "ec", "key_name": "one"])
        check(made, status: 200)
        #expect(made["private_key"] == nil)
        let shown = pki.post("keys/generate/exported", ["key_type": "ed25519"])
        let exported = shown.text("private_key")
        #expect(exported.hasPrefix("-----BEGIN PRIVATE KEY-----"))
        let other = try PKIHarness()
        let taken = other.post("keys/import", ["pem_bundle": .string(exported)])
        check(taken, status: 200)
        #expect(taken.text("key_type") == "ed25519")
        let again = other.post("keys/import", ["pem_bundle": .string(exported)])
        #expect(again.text("key_id") == taken.text("key_id") && again.warnings.count == 1)
        check(other.post("keys/import", ["pem_bundle": "x"]), status: 400)
        let root = pki.post(
            "issuers/generate/root/existing", ["common_name": "R", "key_ref": "one"])
        check(root, status: 200)
        #expect(root.text("key_id") == made.text("key_id"))
        check(
            pki.post("root/generate/existing", ["common_name": "R", "key_ref": "none"]),
            status: 400, error: "unable to find PKI key")
        check(pki.post("root/generate/kms", ["common_name": "R"]), status: 400)
        check(pki.post("root/generate/else", ["common_name": "R"]), status: 400)
    }
}
