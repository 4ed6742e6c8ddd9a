import Clock
import Cryptography
import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import Transit

@Suite struct EncryptTests {
    static let symmetric = [
        "aes128-gcm96", "aes256-gcm96", "chacha20-poly1305", "xchacha20-poly1305",
    ]

    @Test(
        "what is encrypted comes back, and twice the same is never the same", arguments: symmetric)
    func roundTrip(type: String) throws {
        let transit = try TransitHarness()
        transit.make("k", type)
        for text in ["", "a", String(repeating: "long ", count: 4_000)] {
            let first = transit.encrypt("k", text)
            #expect(first.hasPrefix("vault:v1:"))
            #expect(transit.encrypt("k", text) != first)
            #expect(transit.decrypt("k", first) == text)
        }
    }

    @Test("RSA keys encrypt with OAEP, and say when a text is too long for them")
    func rsa() throws {
        let transit = try TransitHarness()
        transit.make("k", "rsa-2048")
        let ciphertext = transit.encrypt("k", "short")
        #expect(transit.decrypt("k", ciphertext) == "short")
        let long = base64(String(repeating: "x", count: 191))
        let reply = transit.post("encrypt/k", ["plaintext": .string(long)])
        #expect(reply.status == 400)
        #expect(reply.error?.contains("too large") == true)
    }

    @Test("keys that only sign or authenticate do not encrypt", arguments: ["ed25519", "hmac"])
    func unsupported(type: String) throws {
        let transit = try TransitHarness()
        transit.make("k", type)
        check(
            transit.post("encrypt/k", ["plaintext": "aGk="]), status: 400,
            error: "message encryption not supported for key type \(type)")
        check(
            transit.post("decrypt/k", ["ciphertext": "vault:v1:aGk="]), status: 400,
            error: "message decryption not supported for key type \(type)")
    }

    @Test("a ciphertext in Vault's format, made elsewhere, opens")
    func interchange() throws {
        let key = [UInt8](repeating: 7, count: 32)
        let nonce = [UInt8](1...12)
        let sealed = try AES256GCM(key: SecretBytes(key))
            .seal(Array("hello".utf8), nonce: nonce, aad: Array("ad".utf8))
        let transit = try TransitHarness()
        let version = KeyVersion(
            created: .now, secret: SecretBytes(key), hmacKey: SecretBytes(key))
        transit.store("k", KeyRing(type: .aes256GCM, versions: [version]))
        let text = "vault:v1:" + Base64.encode(nonce + sealed)
        #expect(
            transit.decrypt("k", text, ["associated_data": .string(base64("ad"))]) == "hello")
        #expect(transit.decrypt("k", text) == nil)
    }

    @Test("a ciphertext that was altered, cut or is nonsense gets one and the same answer")
    func tampering() throws {
        let transit = try TransitHarness()
        transit.make("k")
        let good = transit.encrypt("k", "attack at dawn")
        let payload = try #require(Base64.decode(String(good.dropFirst("vault:v1:".count))))
        var bad = [
            "vault:v1:", "vault:v1:!!!!", "vault:v1:AAAA", "vault:v1:" + Base64.encode([1, 2, 3]),
            good + "AAAA", String(good.dropLast()), String(good.dropLast(4)),
        ]
        for place in payload.indices {
            var altered = payload
            altered[place] ^= 0x10
            bad.append("vault:v1:" + Base64.encode(altered))
        }
        for length in stride(from: 0, to: payload.count, by: 3) {
            bad.append("vault:v1:" + Base64.encode(Array(payload.prefix(length))))
        }
        for text in bad {
            check(
                transit.post("decrypt/k", ["ciphertext": .string(text)]), status: 400,
                error: "invalid ciphertext: unable to decrypt")
        }
    }

    @Test("of what is no ciphertext at all the form is named")
    func form() throws {
        let transit = try TransitHarness()
        transit.make("k")
        let cases: [(String, String)] = [
            ("", "missing ciphertext to decrypt"),
            ("hello", "invalid ciphertext: no prefix"),
            ("vault:v1", "invalid ciphertext: wrong number of fields"),
            ("vault:v:AAAA", "invalid ciphertext: version number could not be decoded"),
            ("vault:v-1:AAAA", "invalid ciphertext: version number could not be decoded"),
            ("vault:vx:AAAA", "invalid ciphertext: version number could not be decoded"),
            (
                "vault:v99999999999999999999:AAAA",
                "invalid ciphertext: version number could not be decoded"
            ),
            ("vault:v2:AAAA", "invalid ciphertext: version is too new"),
        ]
        for (text, message) in cases {
            check(
                transit.post("decrypt/k", ["ciphertext": .string(text)]), status: 400,
                error: message)
        }
    }

    @Test("wrong input is answered by what is wrong with it")
    func badInput() throws {
        let transit = try TransitHarness()
        transit.make("k")
        let cases: [(JSONValue, String)] = [
            ([:], "missing plaintext to encrypt"),
            (["plaintext": "not base64!"], "failed to base64-decode plaintext"),
            (["plaintext": "YWI"], "failed to base64-decode plaintext"),
            (
                ["plaintext": 7],
                "error converting input for field \"plaintext\": expected a string"
            ),
            (["plaintext": "", "nonce": "AAAA"], "provided nonce not allowed for this key"),
            (
                ["plaintext": "", "context": "AAAA"],
                "the key is not derived, so it takes no context"
            ),
            (["plaintext": "", "context": "?"], "failed to base64-decode context"),
            (["plaintext": "", "associated_data": "?"], "failed to base64-decode associated_data"),
            (
                ["plaintext": "", "key_version": 2],
                "requested version for encryption is higher than the latest key version"
            ),
            (
                ["plaintext": "", "padding_scheme": "pkcs1v15"],
                "unsupported padding_scheme: use \"oaep\""
            ),
            (
                ["plaintext": "", "key_version": 4_611_686_018_427_387_904],
                "requested version for encryption is higher than the latest key version"
            ),
            (
                ["plaintext": "", "key_version": -1],
                "requested version for encryption is negative"
            ),
            (
                ["plaintext": "", "key_version": "x"],
                "error converting input for field \"key_version\": expected an integer"
            ),
        ]
        for (data, message) in cases {
            check(transit.post("encrypt/k", data), status: 400, error: message)
        }
        check(
            transit.post("decrypt/none", ["ciphertext": "vault:v1:AAAA"]), status: 400,
            error: "encryption key not found")
    }

    @Test("escapes and line breaks in what a client writes change nothing")
    func escapes() throws {
        let transit = try TransitHarness()
        transit.make("k")
        // PHP's encoder escapes slashes.
        let body = #"{"pl\u0061intext":"\/\/\/\/","key_version":"1"}"#
        let answer = try transit.harness.call(.update, "encrypt/k", bytes: Array(body.utf8))
        let ciphertext = try answer.json["ciphertext"]?.stringValue ?? ""
        let plain = transit.post("decrypt/k", ["ciphertext": .string(ciphertext)])
        #expect(plain.text("plaintext") == "////")
        let broken = transit.post("encrypt/k", ["plaintext": "aGVs\nbG8=\n"])
        #expect(transit.decrypt("k", broken.text("ciphertext")) == "hello")
    }

    @Test("associated data must be the same to open")
    func associatedData() throws {
        let transit = try TransitHarness()
        transit.make("k")
        let with: JSONValue = ["associated_data": .string(base64("row 7"))]
        let ciphertext = transit.encrypt("k", "text", with)
        #expect(transit.decrypt("k", ciphertext, with) == "text")
        #expect(transit.decrypt("k", ciphertext) == nil)
        #expect(
            transit.decrypt("k", ciphertext, ["associated_data": .string(base64("row 8"))]) == nil)
        transit.make("r", "rsa-2048")
        #expect(
            transit.post("encrypt/r", ["plaintext": "", "associated_data": "AAAA"]).status == 400)
    }

    @Test("who may create makes the key by using it, derived if there is a context")
    func upsert() throws {
        let transit = try TransitHarness()
        let made = transit.call(.create, "encrypt/new", ["plaintext": "aGk="])
        #expect(transit.decrypt("new", made.text("ciphertext")) == "hi")
        #expect(transit.get("keys/new")["derived"] == false)
        transit.call(
            .create, "encrypt/derived",
            ["plaintext": "aGk=", "context": "Y3R4", "type": "chacha20-poly1305"])
        let key = transit.get("keys/derived")
        #expect(key["derived"] == true)
        #expect(key["type"] == "chacha20-poly1305")
        for data: JSONValue in [[:], ["plaintext": "?"]] {
            #expect(transit.call(.create, "encrypt/nothing", data).status == 400)
        }
        for data: JSONValue in [
            ["plaintext": "aGk=", "key_version": 2], ["plaintext": "aGk=", "key_version": -1],
            ["batch_input": []], ["batch_input": ["x"]], ["batch_input": [["plaintext": "?"]]],
            ["batch_input": [["plaintext": "aGk=", "key_version": 3], [:]]],
        ] {
            #expect(transit.call(.create, "encrypt/nothing", data).status == 400)
        }
        #expect(transit.get("keys/nothing").status == 404)
        let mixed = transit.call(
            .create, "encrypt/some", ["batch_input": [["plaintext": "?"], ["plaintext": "aGk="]]])
        #expect(mixed.status == 400 && mixed["batch_results"]?.arrayValue?.count == 2)
        #expect(transit.get("keys/some").status == 200)
        transit.post("config/keys", ["disable_upsert": true])
        check(
            transit.call(.create, "encrypt/other", ["plaintext": "aGk="]), status: 400,
            error: "encryption key not found")
        #expect(transit.get("keys/other").status == 404)
    }
}

extension TransitHarness {
    /// Puts a key into storage as it is.
    func store(_ name: String, _ ring: KeyRing) {
        let (batch, _) = TransitMount().save(ring, name)
        for put in batch.puts { harness.storage[put.key] = put.value }
    }
}
