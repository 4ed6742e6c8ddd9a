import Cryptography
import JSON
import Paths
import Testing

@testable import Transit

@Suite struct SignTests {
    static let types = ["ed25519", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048"]

    private func verify(
        _ transit: TransitHarness, _ signature: String, _ data: JSONValue, _ path: String = "k"
    ) -> JSONValue? {
        var data = data
        data["signature"] = .string(signature)
        return transit.post("verify/\(path)", data)["valid"]
    }

    @Test("what is signed verifies, and nothing else does", arguments: types)
    func roundTrip(type: String) throws {
        let transit = try TransitHarness()
        transit.make("k", type)
        let input: JSONValue = ["input": .string(base64("attack at dawn"))]
        let reply = transit.post("sign/k", input)
        let signature = reply.text("signature")
        #expect(signature.hasPrefix("vault:v1:"))
        #expect(reply["key_version"] == 1)
        #expect(verify(transit, signature, input) == true)
        #expect(verify(transit, signature, ["input": .string(base64("attack at dusk"))]) == false)
        let other = transit.post("sign/k", ["input": ""]).text("signature")
        #expect(verify(transit, other, input) == false)
        #expect(verify(transit, "vault:v1:" + base64("nonsense"), input) == false)
        #expect(verify(transit, "vault:v1:", input) == false)
        transit.post("keys/k/rotate")
        #expect(transit.post("sign/k", input).text("signature").hasPrefix("vault:v2:"))
        #expect(verify(transit, signature, input) == true)
        #expect(verify(transit, "vault:v2" + signature.dropFirst(8), input) == false)
        transit.post("keys/k/config", ["min_decryption_version": 2])
        let reply2 = transit.post(
            "verify/k", ["input": input["input"] ?? "", "signature": .string(signature)])
        check(
            reply2, status: 400,
            error: "ciphertext or signature version is disallowed by policy (too old)")
    }

    @Test("another library verifies what the exported public key says")
    func interchange() throws {
        let transit = try TransitHarness()
        transit.make("k", "ecdsa-p256")
        let message = Array("message".utf8)
        let signature = transit.post("sign/k", ["input": .string(Base64.encode(message))])
            .text("signature").dropFirst(9)
        let pem = transit.get("keys/k")["keys", "1", "public_key"]?.stringValue ?? ""
        let key = try PublicKey(subjectPublicKeyInfo: try #require(PEM.decode(pem)?.first?.der))
        let bytes = try #require(Base64.decode(String(signature)))
        #expect(try key.verify(bytes, of: message, .ecdsa(.sha256)))
    }

    @Test("jws is r and s in URL-safe Base64, and asn1 does not take it")
    func jws() throws {
        let transit = try TransitHarness()
        transit.make("k", "ecdsa-p384")
        let input: JSONValue = ["input": "AAAA", "marshaling_algorithm": "jws"]
        let signature = transit.post("sign/k/sha2-384", input).text("signature")
        #expect(Base64.decodeURL(String(signature.dropFirst(9)))?.count == 96)
        #expect(verify(transit, signature, input, "k/sha2-384") == true)
        #expect(verify(transit, signature, input) == false)
        #expect(verify(transit, signature, ["input": "AAAA"], "k/sha2-384") != true)
        check(
            transit.post("sign/k", ["input": "", "marshaling_algorithm": "xml"]), status: 400,
            error: "invalid marshaling_algorithm: use \"asn1\" or \"jws\"")
    }

    @Test("a prehashed input is the digest, and must be as long as one")
    func prehashed() throws {
        let transit = try TransitHarness()
        let digest = try Digest.sha2With512Bits.hash(Array("text".utf8))
        for type in ["rsa-2048", "ecdsa-p256"] {
            transit.make(type, type)
            let hashed: JSONValue = [
                "input": .string(Base64.encode(digest)), "prehashed": true,
                "hash_algorithm": "sha2-512",
            ]
            let signature = transit.post("sign/\(type)", hashed).text("signature")
            let plain: JSONValue = ["input": .string(base64("text"))]
            #expect(verify(transit, signature, plain, "\(type)/sha2-512") == true)
            var short = hashed
            short["input"] = .string(Base64.encode(Array(digest.prefix(32))))
            #expect(transit.post("sign/\(type)", short).status == 400)
            short["input"] = "AAAA"
            short["hash_algorithm"] = nil
            #expect(transit.post("sign/\(type)", short).status == 400)
        }
    }

    @Test("RSA signs with pss or pkcs1v15, with the salt that was asked for")
    func rsa() throws {
        let transit = try TransitHarness()
        transit.make("k", "rsa-2048")
        let input: JSONValue = ["input": "AAAA"]
        func with(_ more: [(String, JSONValue)]) -> JSONValue {
            var data = input
            for (key, value) in more { data[key] = value }
            return data
        }
        let pss = transit.post("sign/k", with([("salt_length", "hash")])).text("signature")
        #expect(verify(transit, pss, with([("salt_length", "hash")])) == true)
        #expect(verify(transit, pss, with([("salt_length", 32)])) == true)
        #expect(verify(transit, pss, with([("salt_length", "auto")])) == true)
        #expect(verify(transit, pss, with([("salt_length", 20)])) == false)
        let pkcs1 = with([("signature_algorithm", "pkcs1v15")])
        #expect(verify(transit, pss, pkcs1) == false)
        let signature = transit.post("sign/k/sha1", pkcs1).text("signature")
        #expect(verify(transit, signature, pkcs1, "k/sha1") == true)
        #expect(verify(transit, signature, pkcs1) == false)
        #expect(transit.post("sign/k", with([("salt_length", 4_096)])).status == 400)
        #expect(transit.post("sign/k", with([("salt_length", -1)])).status == 400)
        #expect(transit.post("sign/k", with([("signature_algorithm", "x")])).status == 400)
        #expect(transit.post("sign/k", with([("hash_algorithm", "none")])).status == 400)
        #expect(transit.post("sign/k", with([("hash_algorithm", "md5")])).status == 400)
        let raw = with([
            ("hash_algorithm", "none"), ("prehashed", true), ("signature_algorithm", "pkcs1v15"),
        ])
        #expect(verify(transit, transit.post("sign/k", raw).text("signature"), raw) == true)
        var long = raw
        long["input"] = .string(Base64.encode([UInt8](repeating: 1, count: 300)))
        #expect(transit.post("sign/k", long).status == 400)
    }

    @Test("a derived Ed25519 key signs with the key of the context, and shows its public part")
    func derived() throws {
        let transit = try TransitHarness()
        transit.make("k", "ed25519", ["derived": true])
        let first: JSONValue = ["input": "AAAA", "context": "Y29udGV4dA=="]
        let reply = transit.post("sign/k", first)
        let key = try PublicKey(
            ed25519: try #require(Base64.decode(reply.text("public_key"))))
        let signature = reply.text("signature")
        let bytes = try #require(Base64.decode(String(signature.dropFirst(9))))
        #expect(try key.verify(bytes, of: [0, 0, 0], .ed25519))
        #expect(transit.post("sign/k", first).text("signature") == signature)
        #expect(verify(transit, signature, first) == true)
        #expect(
            verify(transit, signature, ["input": "AAAA", "context": "AAAA"]) == false)
        #expect(transit.post("sign/k", ["input": "AAAA"]).status == 400)
        #expect(transit.get("keys/k")["keys", "1", "public_key"] == "")
        let shown = transit.call(.read, "keys/k", ["context": "Y29udGV4dA=="])
        #expect(shown["keys", "1", "public_key"]?.stringValue == reply.text("public_key"))
        let batch = transit.post("sign/k", ["batch_input": [first, ["input": "AAAA"]]])
        #expect(batch.status == 200)
        #expect(batch.results[0]["publickey"]?.stringValue == reply.text("public_key"))
        #expect(batch.results[1]["error"] != nil)
    }

    @Test("keys that do not sign say so", arguments: ["aes256-gcm96", "hmac"])
    func unsupported(type: String) throws {
        let transit = try TransitHarness()
        transit.make("k", type)
        let message = "key type \(type) does not support signing"
        check(transit.post("sign/k", ["input": ""]), status: 400, error: message)
        check(
            transit.post("verify/k", ["input": "", "signature": "vault:v1:"]), status: 400,
            error: message)
    }

    @Test("codes are checked as signatures are, and a batch has one kind of them")
    func codes() throws {
        let transit = try TransitHarness()
        transit.make("k", "ed25519")
        let input = JSONValue.string(base64("text"))
        let code = transit.post("hmac/k/sha2-512", ["input": input]).text("hmac")
        #expect(Base64.decode(String(code.dropFirst(9)))?.count == 64)
        let data: JSONValue = ["input": input, "hmac": .string(code)]
        #expect(transit.post("verify/k/sha2-512", data)["valid"] == true)
        #expect(transit.post("verify/k", data)["valid"] == false)
        #expect(
            transit.post("verify/k", ["input": input, "hmac": "vault:v1:AAAA"])["valid"] == false)
        check(
            transit.post("verify/k", ["input": input]), status: 400,
            error: "neither a 'signature' nor an 'hmac' was given to verify")
        check(
            transit.post(
                "verify/k", ["input": input, "hmac": .string(code), "signature": "x"]),
            status: 400, error: "provide one of 'signature' or 'hmac'")
        let mixed = transit.post(
            "verify/k/sha2-512",
            [
                "batch_input": [
                    data, ["input": input, "signature": "vault:v1:AAAA"],
                    ["input": "", "hmac": .string(code), "reference": "r"],
                ]
            ])
        #expect(mixed.status == 200)
        #expect(mixed.results[0] == ["valid": true])
        #expect(mixed.results[1]["error"] != nil)
        #expect(mixed.results[2] == ["valid": false, "reference": "r"])
    }

    @Test("an HMAC key's code is the code under the key that it exports")
    func hmacKey() throws {
        let transit = try TransitHarness()
        transit.make("k", "hmac", ["key_size": 77, "exportable": true])
        let exported = transit.get("export/hmac-key/k")["keys", "1"]?.stringValue ?? ""
        let key = try #require(Base64.decode(exported))
        #expect(key.count == 77)
        let code = try key.withUnsafeBytes { key in
            try Array("text".utf8).withUnsafeBytes {
                try Digest.sha3With256Bits.authenticate($0, key: key)
            }
        }
        let reply = transit.post("hmac/k/sha3-256", ["input": .string(base64("text"))])
        #expect(reply.text("hmac") == "vault:v1:" + Base64.encode(code))
        #expect(transit.post("hmac/k/sha1", ["input": ""]).status == 400)
        #expect(transit.post("hmac/k", ["input": "?"]).status == 400)
        check(transit.post("hmac/k"), status: 400, error: "missing input for HMAC")
        transit.post("keys/k/rotate")
        let second = transit.get("export/hmac-key/k/latest")["keys", "2"]?.stringValue ?? ""
        #expect(Base64.decode(second)?.count == 77)
    }
}
