import Clock
import Cryptography
import JSON
import Paths
import PluginSDK
import Testing

@testable import Transit

@Suite struct DerivedTests {
    static let context: JSONValue = ["context": .string(base64("tenant 1"))]

    @Test("a derived key needs its context, and another context is another key")
    func contexts() throws {
        let transit = try TransitHarness()
        transit.make("k", "aes256-gcm96", ["derived": true])
        let ciphertext = transit.encrypt("k", "text", Self.context)
        #expect(transit.decrypt("k", ciphertext, Self.context) == "text")
        #expect(
            transit.decrypt("k", ciphertext, ["context": .string(base64("tenant 2"))]) == nil)
        let message = transit.post("encrypt/k", ["plaintext": ""]).error ?? ""
        #expect(message.hasPrefix("missing 'context' for key derivation"))
        #expect(transit.encrypt("k", "text", Self.context) != ciphertext)
    }

    @Test("a derived key is HKDF with SHA-256 of the key over the context, as Vault's")
    func derivation() throws {
        let key = [UInt8](repeating: 9, count: 32)
        let context = Array("tenant 1".utf8)
        let derived = try key.withUnsafeBytes { key in
            try context.withUnsafeBytes { try HKDFSHA256.derive(key, info: $0, count: 32) }
        }
        let nonce = [UInt8](1...12)
        let sealed = try AES256GCM(key: derived).seal(Array("x".utf8), nonce: nonce, aad: [])
        let transit = try TransitHarness()
        var ring = KeyRing(
            type: .aes256GCM,
            versions: [
                KeyVersion(created: .now, secret: SecretBytes(key), hmacKey: SecretBytes(key))
            ])
        ring.isDerived = true
        transit.store("k", ring)
        let text = "vault:v1:" + Base64.encode(nonce + sealed)
        #expect(transit.decrypt("k", text, Self.context) == "x")
    }

    @Test("a convergent key makes one ciphertext of one plaintext within a context")
    func convergent() throws {
        for type in EncryptTests.symmetric {
            let transit = try TransitHarness()
            transit.make("k", type, ["derived": true, "convergent_encryption": true])
            let ciphertext = transit.encrypt("k", "text", Self.context)
            #expect(transit.encrypt("k", "text", Self.context) == ciphertext)
            #expect(transit.encrypt("k", "texT", Self.context) != ciphertext)
            let other: JSONValue = ["context": .string(base64("tenant 2"))]
            #expect(transit.encrypt("k", "text", other) != ciphertext)
            #expect(transit.decrypt("k", ciphertext, Self.context) == "text")
            #expect(transit.get("keys/k")["convergent_encryption_version"] == 3)
        }
    }

    @Test("no caller chooses the nonce, but for convergent keys of the first version")
    func nonces() throws {
        let transit = try TransitHarness()
        transit.make("k", "aes256-gcm96", ["derived": true, "convergent_encryption": true])
        let nonce = Base64.encode([UInt8](repeating: 0, count: 12))
        var data = Self.context
        data["plaintext"] = "aGk="
        data["nonce"] = .string(nonce)
        check(
            transit.post("encrypt/k", data), status: 400,
            error: "provided nonce not allowed for this key")

        let secret = SecretBytes([UInt8](repeating: 3, count: 32))
        var ring = KeyRing(
            type: .aes256GCM,
            versions: [
                KeyVersion(
                    created: .now, secret: secret, hmacKey: secret, convergentVersion: 1)
            ])
        (ring.isDerived, ring.isConvergent) = (true, true)
        transit.store("old", ring)
        let ciphertext = transit.post("encrypt/old", data).text("ciphertext")
        // Without the nonce: 2 bytes and the tag.
        #expect(Base64.decode(String(ciphertext.dropFirst(9)))?.count == 18)
        var open = Self.context
        open["nonce"] = .string(nonce)
        #expect(transit.decrypt("old", ciphertext, open) == "hi")
        #expect(transit.decrypt("old", ciphertext, Self.context) == nil)
        data["nonce"] = "AAAA"
        #expect(transit.post("encrypt/old", data).error?.contains("must be 12 bytes") == true)
    }

    @Test("what cannot be derived or made convergent is refused")
    func refused() throws {
        let transit = try TransitHarness()
        check(
            transit.make("k", "aes256-gcm96", ["convergent_encryption": true]), status: 400,
            error: "convergent encryption requires derivation to be enabled")
        check(
            transit.make("k", "rsa-2048", ["derived": true]), status: 400,
            error: "key derivation not supported for keys of type rsa-2048")
        check(
            transit.make("k", "ed25519", ["derived": true, "convergent_encryption": true]),
            status: 400,
            error: "convergent encryption not supported for keys of type ed25519")
    }
}
