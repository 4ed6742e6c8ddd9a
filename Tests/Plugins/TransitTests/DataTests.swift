import Cryptography
import JSON
import Paths
import Testing

@testable import Transit

@Suite struct DataTests {
    @Test("a data key is shown only by the path that says so, and opens to what was shown")
    func dataKeys() throws {
        let transit = try TransitHarness()
        transit.make("k")
        for bits in [128, 256, 512] {
            let reply = transit.post("datakey/plaintext/k", ["bits": .int(bits)])
            let key = try #require(Base64.decode(reply.text("plaintext")))
            #expect(key.count == bits / 8)
            let opened = transit.post(
                "decrypt/k", ["ciphertext": .string(reply.text("ciphertext"))])
            #expect(opened.text("plaintext") == reply.text("plaintext"))
        }
        let wrapped = transit.post("datakey/wrapped/k")
        #expect(wrapped["plaintext"] == nil)
        #expect(wrapped.text("ciphertext").hasPrefix("vault:v1:"))
        #expect(transit.post("datakey/other/k").status == 400)
        #expect(transit.post("datakey/wrapped/k", ["bits": 192]).status == 400)
        transit.make("e", "ed25519")
        #expect(transit.post("datakey/wrapped/e").status == 400)
    }

    @Test("Base64 with bits after the last byte is taken, as in the samples of the documentation")
    func strayBits() throws {
        let transit = try TransitHarness()
        transit.make("k")
        for (stray, plain) in [("adba32==", "adba3w=="), ("YR==", "YQ=="), ("YWJ=", "YWI=")] {
            for path in ["hash", "hmac/k"] {
                let (one, other) = (
                    transit.post(path, ["input": .string(stray)]),
                    transit.post(path, ["input": .string(plain)])
                )
                #expect(one.status == 200 && one.body == other.body, "\(path) \(stray)")
            }
            let sealed = transit.post("encrypt/k", ["plaintext": .string(stray)])
            let opened = transit.post(
                "decrypt/k", ["ciphertext": .string(sealed.text("ciphertext"))])
            #expect(opened.text("plaintext") == plain)
        }
        #expect(transit.post("hash", ["input": "YQ==\n"]).status == 200)
        for bad in ["Y", "YQ=", "YQ===", "?Q==", "=", "===="] {
            #expect(transit.post("hash", ["input": .string(bad)]).status == 400, "\(bad)")
        }
    }

    @Test("digests are those of the standards, in hex or Base64")
    func hashes() throws {
        let transit = try TransitHarness()
        let input: JSONValue = ["input": .string(base64("abc"))]
        #expect(
            transit.post("hash", input).text("sum")
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            transit.post("hash/sha3-256", input).text("sum")
                == "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532")
        let text = transit.post("hash", ["input": "", "format": "base64"]).text("sum")
        #expect(text == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
        #expect(transit.post("hash/sha1", input).status == 400)
        #expect(transit.post("hash", ["input": "?"]).status == 400)
        #expect(transit.post("hash").status == 400)
        #expect(transit.post("hash", ["input": "", "format": "x"]).status == 400)
    }

    @Test("random bytes are as many as were asked for, and never the same")
    func random() throws {
        let transit = try TransitHarness()
        let first = transit.post("random").text("random_bytes")
        #expect(Base64.decode(first)?.count == 32)
        #expect(transit.post("random").text("random_bytes") != first)
        #expect(transit.post("random/7", ["format": "hex"]).text("random_bytes").utf8.count == 14)
        #expect(Base64.decode(transit.post("random/all/64").text("random_bytes"))?.count == 64)
        #expect(transit.post("random/platform", ["bytes": 5]).status == 200)
        for path in ["random/0", "random/-1", "random/131073", "random/moon", "random/all/x"] {
            #expect(transit.post(path).status == 400)
        }
    }

    @Test("only what was made exportable is exported, in the form that was asked for")
    func export() throws {
        let transit = try TransitHarness()
        transit.make("closed")
        check(
            transit.get("export/encryption-key/closed"), status: 400,
            error: "private key material is not exportable")
        #expect(transit.get("export/encryption-key/none").status == 404)
        transit.make("k", "aes256-gcm96", ["exportable": true])
        let ciphertext = transit.encrypt("k", "text")
        transit.post("keys/k/rotate")
        let all = transit.get("export/encryption-key/k")
        #expect(all["keys"]?.objectValue?.keys == ["1", "2"])
        let key = try #require(Base64.decode(all["keys", "1"]?.stringValue ?? ""))
        let sealed = try #require(Base64.decode(String(ciphertext.dropFirst(9))))
        let text = try AES256GCM(key: SecretBytes(key))
            .open(Array(sealed[12...]), nonce: Array(sealed[..<12]), aad: [])
        #expect(text == Array("text".utf8))
        #expect(transit.get("export/encryption-key/k/latest")["keys"]?.objectValue?.count == 1)
        #expect(transit.get("export/encryption-key/k/3").status == 400)
        #expect(transit.get("export/encryption-key/k/x").status == 400)
        #expect(transit.get("export/signing-key/k").status == 400)
        #expect(transit.get("export/public-key/k").status == 400)
        #expect(transit.get("export/other/k").status == 400)
        transit.post("keys/k/config", ["min_decryption_version": 2])
        #expect(transit.get("export/encryption-key/k")["keys"]?.objectValue?.keys == ["2"])
        check(
            transit.get("export/encryption-key/k/1"), status: 400,
            error: "version for export is below minimum decryption version")
    }

    @Test("key pairs are exported in the forms that other tools read")
    func pairs() throws {
        let transit = try TransitHarness()
        for (type, label) in [("rsa-2048", "RSA PRIVATE KEY"), ("ecdsa-p256", "EC PRIVATE KEY")] {
            transit.make(type, type, ["exportable": true])
            let text = transit.get("export/signing-key/\(type)")["keys", "1"]?.stringValue ?? ""
            #expect(PEM.decode(text)?.map(\.label) == [label])
            let pkcs8 = transit.call(
                .read, "export/signing-key/\(type)", ["format": "pem"])["keys", "1"]?.stringValue
            let der = try #require(PEM.decode(pkcs8 ?? "")?.first?.der)
            let key = try PrivateKey(pkcs8: SecretBytes(der))
            let shown = transit.get("export/public-key/\(type)")["keys", "1"]?.stringValue ?? ""
            #expect(
                try PEM.decode(shown)?.first?.der == key.publicKey().subjectPublicKeyInfo())
        }
        transit.make("e", "ed25519", ["exportable": true])
        let both = transit.get("export/signing-key/e")["keys", "1"]?.stringValue ?? ""
        let bytes = try #require(Base64.decode(both))
        #expect(bytes.count == 64)
        let shown = transit.get("export/public-key/e")["keys", "1"]?.stringValue ?? ""
        #expect(Base64.decode(shown) == Array(bytes[32...]))
    }
}
