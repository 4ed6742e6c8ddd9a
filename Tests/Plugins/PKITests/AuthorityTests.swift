import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import PKI

@Suite struct AuthorityTests {
    @Test(
        "a root signs itself, is an authority and becomes the default",
        arguments: [
            ("ec", 256), ("ec", 224), ("ec", 384), ("ec", 521), ("ed25519", 0), ("rsa", 2048),
        ])
    func root(type: String, bits: Int) throws {
        let pki = try PKIHarness()
        let reply = pki.root("Root", ["key_type": .string(type), "key_bits": .int(bits)])
        check(reply, status: 200)
        let certificate = try reply.certificate()
        #expect(certificate.isSigned(by: certificate))
        #expect(certificate.authority.isAuthority)
        #expect(certificate.keyUsage == [.certSign, .crlSign])
        #expect(certificate.serial.count == 20)
        #expect(reply["private_key"] == nil)
        #expect(certificate.subjectKeyIdentifier?.count == 20)
        #expect(pki.get("config/issuers").text("default") == reply.text("issuer_id"))
        #expect(pki.get("ca").raw?.body == certificate.der)
        #expect(pki.get("cert/\(reply.text("serial_number"))").status == 200)
    }

    @Test("an exported key is shown once, in the form that was asked for")
    func exported() throws {
        let pki = try PKIHarness()
        for (format, label) in [("der", "EC PRIVATE KEY"), ("pkcs8", "PRIVATE KEY")] {
            let reply = pki.post(
                "root/generate/exported",
                ["common_name": "R", "key_type": "ec", "private_key_format": .string(format)])
            check(reply, status: 200)
            let block = try #require(PEM.decode(reply.text("private_key"))?.first)
            #expect(block.label == label)
            let key = try PrivateKey.read(der: block.der)
            #expect(try reply.certificate().hasKey(of: key))
        }
    }

    @Test("an intermediate's chain leads to the root, and issues")
    func hierarchy() throws {
        let pki = try PKIHarness()
        pki.root()
        let made = pki.post(
            "intermediate/generate/internal",
            ["common_name": "Intermediate", "key_type": "ec", "key_name": "second"])
        check(made, status: 200)
        let signed = pki.post(
            "root/sign-intermediate",
            [
                "csr": made["csr"] ?? "", "common_name": "Intermediate", "ttl": "43800h",
                "max_path_length": 0,
            ])
        check(signed, status: 200)
        let set = pki.post("intermediate/set-signed", ["certificate": signed["certificate"] ?? ""])
        check(set, status: 200)
        let id = try #require(set.texts("imported_issuers").first)
        #expect(set["mapping"]?[id]?.stringValue == made.text("key_id"))
        check(pki.post("issuer/\(id)", ["issuer_name": "inter"]), status: 200)
        check(pki.post("root/replace", ["default": "inter"]), status: 200)
        pki.role()
        let leaf = pki.issue("a.example.com")
        check(leaf, status: 200)
        #expect(leaf.texts("ca_chain").count == 2)
        let issuer = try leaf.certificate("issuing_ca")
        #expect(try leaf.certificate().isSigned(by: issuer))
        #expect(issuer.authority.pathLength == 0)
        // No authority below one whose path ends.
        let again = pki.post(
            "issuer/inter/sign-intermediate",
            ["csr": made["csr"] ?? "", "common_name": "Third"])
        check(again, status: 400, error: "max path length of zero")
    }

    @Test("a certificate without its key, or of no authority, is not set as signed")
    func setSigned() throws {
        let (pki, other) = (try PKIHarness(), try PKIHarness())
        let foreign = other.root("Other")
        check(
            pki.post("intermediate/set-signed", ["certificate": foreign["certificate"] ?? ""]),
            status: 400, error: "none of the certificates is for a key")
        #expect(pki.list("issuers/").status == 404)
        other.role()
        let leaf = other.issue("a.example.com")
        check(
            pki.post("issuers/import/cert", ["pem_bundle": leaf["certificate"] ?? ""]),
            status: 400, error: "not marked for CA use")
        for text in ["", "x", PEM.encode("CERTIFICATE", [0x30, 0]), PEM.encode("THING", [1])] {
            check(pki.post("config/ca", ["pem_bundle": .string(text)]), status: 400)
        }
    }

    @Test("a bundle brings an issuer with its key, and a second time nothing")
    func bundle() throws {
        let (pki, other) = (try PKIHarness(), try PKIHarness())
        let made = other.post("root/generate/exported", ["common_name": "O", "key_type": "ec"])
        let bundle: JSONValue = .string(
            made.text("private_key") + "\n" + made.text("certificate") + "\n")
        let first = pki.post("config/ca", ["pem_bundle": bundle])
        check(first, status: 200)
        #expect(first.texts("imported_keys").count == 1)
        let second = pki.post("issuers/import/bundle", ["pem_bundle": bundle])
        #expect(second.texts("imported_issuers").isEmpty)
        #expect(second.texts("existing_issuers") == first.texts("imported_issuers"))
        check(
            pki.post("issuers/import/cert", ["pem_bundle": bundle]), status: 400,
            error: "private keys found")
        pki.role()
        check(pki.issue("a.example.com"), status: 200)
    }

    @Test("names of issuers and keys are unique, and references that are none are refused")
    func names() throws {
        let pki = try PKIHarness()
        pki.root("A", ["issuer_name": "one", "key_name": "k"])
        check(pki.root("B", ["issuer_name": "one"]), status: 400, error: "already in use")
        check(pki.root("B", ["issuer_name": "default"]), status: 400)
        check(pki.root("B", ["key_name": "k"]), status: 400, error: "key name already in use")
        check(pki.get("issuer/none"), status: 400, error: "unable to find PKI issuer")
        check(pki.get("key/none"), status: 400, error: "unable to find PKI key")
        let second = pki.root("B")
        check(
            pki.post("issuer/\(second.text("issuer_id"))", ["issuer_name": "one"]), status: 400,
            error: "already in use")
    }

    @Test("an issuer changes by patch alone what was sent, and by post all")
    func change() throws {
        let pki = try PKIHarness()
        pki.root("A", ["issuer_name": "one"])
        let patched = pki.call(
            .patch, "issuer/one", ["leaf_not_after_behavior": "truncate"])
        check(patched, status: 200)
        #expect(patched.text("issuer_name") == "one")
        let posted = pki.post("issuer/default", ["usage": "read-only,crl-signing"])
        #expect(posted.text("issuer_name").isEmpty)
        #expect(posted.text("leaf_not_after_behavior") == "err")
        pki.role()
        check(pki.issue("a.example.com"), status: 400, error: "no usage issuing-certificates")
        check(pki.post("issuer/default", ["usage": "everything"]), status: 400)
        check(pki.post("issuer/default", ["leaf_not_after_behavior": "maybe"]), status: 400)
    }

    @Test("deleting the root takes issuers and keys away, and reads say that there is nothing")
    func delete() throws {
        let pki = try PKIHarness()
        pki.root()
        check(pki.call(.delete, "root"), status: 204)
        #expect(pki.get("ca").status == 204)
        #expect(pki.get("crl").status == 204)
        #expect(pki.list("keys/").status == 404)
        pki.role()
        check(pki.issue("a.example.com"), status: 400, error: "no default issuer")
    }

    @Test("what was stored is read again, keys and settings too")
    func stored() throws {
        let storage = MemoryStorage()
        let pki = try PKIHarness(storage: storage)
        pki.root("A", ["issuer_name": "one"])
        pki.post("config/urls", ["crl_distribution_points": "http://a.example/crl"])
        pki.role()
        let again = try PKIHarness(storage: storage)
        #expect(
            again.get("config/urls").texts("crl_distribution_points") == ["http://a.example/crl"])
        let leaf = again.issue("a.example.com")
        check(leaf, status: 200)
        #expect(try leaf.certificate().value(.crlDistributionPoints) != nil)
    }

    @Test("a damaged record is an error and no trap")
    func damaged() throws {
        let storage = MemoryStorage()
        let pki = try PKIHarness(storage: storage)
        pki.root()
        let record = try #require(storage[StorageKey.authority])
        for count in stride(from: 0, to: record.count, by: 7) {
            storage[StorageKey.authority] = Array(record[..<count])
            storage[StorageKey.mark] = SecureRandom.bytes(16)
            #expect(pki.get("config/issuers").status == 500)
        }
    }

    @Test("self-issued certificates of others are signed again; what is none is refused")
    func selfIssued() throws {
        let (pki, other) = (try PKIHarness(), try PKIHarness())
        pki.root("A")
        let foreign = other.root("B")
        let reply = pki.post(
            "root/sign-self-issued", ["certificate": foreign["certificate"] ?? ""])
        check(reply, status: 200)
        let (crossed, ours) = (try reply.certificate(), try reply.certificate("issuing_ca"))
        #expect(crossed.isSigned(by: ours))
        #expect(crossed.hasSameKey(as: try foreign.certificate()))
        other.role()
        check(
            pki.post(
                "root/sign-self-issued",
                ["certificate": other.issue("a.example.com")["certificate"] ?? ""]), status: 400)
    }

    @Test("an issuer with name constraints certifies no name outside of them")
    func constraints() throws {
        let pki = try PKIHarness()
        let root = pki.root(
            "A", ["permitted_dns_domains": "example.com", "exclude_cn_from_sans": true])
        check(root, status: 200)
        #expect(try root.certificate().value(.nameConstraints) != nil)
        pki.role("any", ["allow_any_name": true])
        check(pki.issue("a.example.com", role: "any"), status: 200)
        check(
            pki.issue("a.example.org", role: "any"), status: 400, error: "name constraints")
        // The constraints are about alternative names, and an authority's own name is no host's.
        let request = try csr("x")
        for (name, excludes, status) in [
            ("Intermediate", true, 200), ("My Intermediate", false, 200),
            ("Intermediate", false, 400), ("a.example.com", false, 200),
        ] as [(String, Bool, Int)] {
            let asked: JSONValue = [
                "csr": request, "common_name": .string(name), "ttl": "1h",
                "exclude_cn_from_sans": .bool(excludes),
            ]
            check(pki.post("root/sign-intermediate", asked), status: status)
        }
        check(
            pki.issue("a.example.org", role: "any", ["exclude_cn_from_sans": true]), status: 400,
            error: "name constraints")
    }

    @Test("what is not there is deleted already")
    func deleteNothing() throws {
        let pki = try PKIHarness()
        pki.root()
        for path in ["issuer/none", "key/none"] {
            check(pki.call(.delete, path), status: 204)
        }
        check(pki.get("issuer/default"), status: 200)
    }

    @Test("a default that has no key is told of, and so is a key that is encrypted")
    func imports() throws {
        let other = try PKIHarness()
        let root = other.root("Other").text("certificate")
        let pki = try PKIHarness()
        let taken = pki.post("issuers/import/cert", ["pem_bundle": .string(root)])
        #expect(taken.warnings.count == 1 && taken.warnings.first?.contains("no key") == true)
        let again = pki.post("issuers/import/cert", ["pem_bundle": .string(root)])
        #expect(again.warnings.isEmpty)
        for text in [
            PEM.encode("ENCRYPTED PRIVATE KEY", [1, 2, 3]),
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAA=="
                + "\n-----END RSA PRIVATE KEY-----\n",
        ] {
            for path in ["issuers/import/bundle", "keys/import"] {
                check(
                    pki.post(path, ["pem_bundle": .string(text)]), status: 400, error: "encrypted")
            }
        }
    }

    @Test("settings of clusters are told to be ignored")
    func clusters() throws {
        let pki = try PKIHarness()
        let reply = pki.post(
            "config/crl", ["unified_crl": true, "cross_cluster_revocation": "true"])
        check(reply, status: 200)
        #expect(reply.warnings.first?.contains("cross_cluster_revocation, unified_crl") == true)
        #expect(pki.post("config/crl", ["unified_crl": false]).warnings.isEmpty)
    }

    @Test("URLs are templates only where that was asked for, and invalid ones are refused")
    func urls() throws {
        let pki = try PKIHarness()
        check(pki.post("config/urls", ["ocsp_servers": "not a url"]), status: 400)
        check(pki.post("config/urls", ["ocsp_servers": "http://a/{{issuer_id}}"]), status: 400)
        pki.post("config/cluster", ["path": "https://a.example/v1/pki"])
        check(
            pki.post(
                "config/urls",
                ["ocsp_servers": "{{cluster_path}}/ocsp", "enable_templating": true]), status: 200)
        pki.root()
        pki.role()
        let leaf = try pki.issue("a.example.com").certificate()
        let access = try #require(leaf.value(.authorityInformationAccess))
        #expect(String(decoding: access, as: UTF8.self).contains("https://a.example/v1/pki/ocsp"))
    }

    @Test(
        "URLs that cannot be filled in stop what is issued, and no list",
        arguments: [("cluster_path", "(path)"), ("cluster_aia_path", "(aia_path)")])
    func unfilled(word: String, named: String) throws {
        let pki = try PKIHarness()
        let root = pki.root()
        pki.role()
        let urls: JSONValue = [
            "issuing_certificates": .string("{{\(word)}}/issuer/{{issuer_id}}/der"),
            "enable_templating": true,
        ]
        check(pki.post("config/urls", urls), status: 200)
        let refusals = [
            pki.issue("a.example.com"),
            pki.post("sign-verbatim", ["csr": try csr("a.example.com")]),
            pki.post("root/sign-intermediate", ["csr": try csr("I"), "common_name": "I"]),
            pki.post("root/sign-self-issued", ["certificate": root["certificate"] ?? ""]),
            pki.root("B"),
        ]
        for reply in refusals { check(reply, status: 400, error: named) }
        #expect(pki.list("issuers/").texts("keys").count == 1)
        #expect(pki.get("crl").raw?.body.isEmpty == false)
        let cluster: JSONValue = ["path": "https://a.example", "aia_path": "https://a.example"]
        pki.post("config/cluster", cluster)
        let leaf = try pki.issue("a.example.com").certificate()
        let access = try #require(leaf.value(.authorityInformationAccess))
        #expect(
            String(decoding: access, as: UTF8.self).contains(
                "https://a.example/issuer/\(root.text("issuer_id"))/der"))
        // An issuer's own are the ones that count.
        pki.post("config/cluster", ["path": "", "aia_path": ""])
        check(pki.issue("a.example.com"), status: 400, error: named)
        pki.call(.patch, "issuer/default", ["ocsp_servers": "https://b.example/ocsp"])
        check(pki.issue("a.example.com"), status: 200)
    }

    /// A root's certificate and key in PEM, from elsewhere.
    private func exported(_ name: String) throws -> String {
        let made = try PKIHarness().post(
            "root/generate/exported", ["common_name": .string(name), "key_type": "ec"])
        return made.text("private_key") + "\n" + made.text("certificate") + "\n"
    }

    @Test("the default follows a new issuer that has a key, but not one of several or of none")
    func follows() throws {
        let pki = try PKIHarness()
        let first = pki.root().text("issuer_id")
        pki.post(
            "config/issuers", ["default": .string(first), "default_follows_latest_issuer": true])
        func imported(_ bundle: String) -> (reply: PKIHarness.Reply, default: String) {
            let reply = pki.post("issuers/import/bundle", ["pem_bundle": .string(bundle)])
            check(reply, status: 200)
            return (reply, pki.get("config/issuers").text("default"))
        }
        let several = imported(try exported("A") + exported("B"))
        #expect(several.reply.texts("imported_issuers").count == 2)
        #expect(several.default == first)
        #expect(several.reply.warnings.first?.contains("multiple imported issuers") == true)
        let foreign = try PKIHarness().root("C").text("certificate")
        let keyless = imported(foreign)
        #expect(keyless.default == first)
        #expect(keyless.reply.warnings.first?.contains("no imported issuers") == true)
        let one = imported(try exported("D") + PKIHarness().root("E").text("certificate"))
        let mapping = try #require(one.reply["mapping"]?.objectValue)
        let keyed = mapping.members.filter { $0.value.stringValue != "" }.map(\.key)
        #expect(keyed == [one.default] && one.default != first)
        #expect(one.reply.warnings.isEmpty)
        let next = pki.root("F").text("issuer_id")
        #expect(pki.get("config/issuers").text("default") == next)
    }

    @Test("without that setting the default stays, whatever is imported")
    func stays() throws {
        let pki = try PKIHarness()
        let first = pki.root().text("issuer_id")
        let reply = pki.post("config/ca", ["pem_bundle": .string(try exported("A"))])
        check(reply, status: 200)
        #expect(reply.warnings.isEmpty)
        #expect(pki.get("config/issuers").text("default") == first)
    }

    @Test("a key that an issuer signs with is not deleted; one that none has is")
    func keyInUse() throws {
        let pki = try PKIHarness()
        let root = pki.root("A", ["key_name": "k"])
        for reference in ["k", "default", root.text("key_id")] {
            check(
                pki.call(.delete, "key/\(reference)"), status: 400,
                error: "Key in Use by Issuer: \(root.text("issuer_id"))")
        }
        pki.role()
        check(pki.issue("a.example.com"), status: 200)
        let spare = pki.post("keys/generate/internal", ["key_type": "ec"])
        check(pki.call(.delete, "key/\(spare.text("key_id"))"), status: 204)
        check(pki.call(.delete, "issuer/default"), status: 200)
        let last = pki.call(.delete, "key/k")
        check(last, status: 200)
        #expect(last.warnings.first?.contains("configured as the default key") == true)
        #expect(pki.list("keys/").status == 404)
    }
}
