import Cryptography
import JSON
import Paths
import Testing

@testable import Transit

@Suite struct DeriveKeyTests {
    private func publicKey(_ transit: TransitHarness, _ name: String) -> JSONValue {
        transit.get("keys/\(name)")["keys", "1", "public_key"] ?? .null
    }

    @Test("two sides come to the same key, and nobody between them does")
    func agreement() throws {
        for curve in ["ecdsa-p256", "ecdsa-p384", "ecdsa-p521"] {
            let (here, there) = (try TransitHarness(), try TransitHarness())
            here.make("own", curve)
            there.make("own", curve)
            here.make("other", curve)
            check(
                here.post(
                    "derive-key/shared",
                    ["base_key_name": "own", "peer_public_key": publicKey(there, "own")]),
                status: 204)
            check(
                there.post(
                    "derive-key/shared",
                    ["base_key_name": "own", "peer_public_key": publicKey(here, "own")]),
                status: 204)
            let ciphertext = here.encrypt("shared", "text")
            #expect(there.decrypt("shared", ciphertext) == "text")
            here.post(
                "derive-key/wrong",
                ["base_key_name": "other", "peer_public_key": publicKey(there, "own")])
            #expect(here.decrypt("wrong", ciphertext) == nil)
        }
    }

    @Test("the derived key is HKDF of the shared point, of the type that was asked for")
    func derivation() throws {
        let transit = try TransitHarness()
        transit.make("own", "ecdsa-p256", ["exportable": true])
        let peer = try PrivateKey.generate(.p256)
        let pem = PEM.encode("PUBLIC KEY", try peer.publicKey().subjectPublicKeyInfo())
        for type in EncryptTests.symmetric {
            let data: JSONValue = [
                "base_key_name": "own", "peer_public_key": .string(pem),
                "derived_key_type": .string(type), "key_derivation_algorithm": "ecdh",
                "base_key_version": 1,
            ]
            check(transit.post("derive-key/\(type)", data), status: 204)
            #expect(transit.get("keys/\(type)")["type"]?.stringValue == type)
            #expect(transit.get("keys/\(type)")["exportable"] == false)
            // The other side does not get a new version.
            #expect(transit.post("keys/\(type)/rotate").status == 400)
        }
        let text = publicKey(transit, "own").stringValue ?? ""
        let own = try PublicKey(subjectPublicKeyInfo: try #require(PEM.decode(text)?.first?.der))
        let shared = try peer.sharedSecret(with: own)
        let derived = try shared.withUnsafeBytes { bytes in
            try HKDFSHA256.derive(
                bytes, info: UnsafeRawBufferPointer(start: nil, count: 0), count: 32)
        }
        let ciphertext = transit.encrypt("aes256-gcm96", "text")
        let sealed = try #require(Base64.decode(String(ciphertext.dropFirst(9))))
        let opened = try AES256GCM(key: derived).open(
            Array(sealed[12...]), nonce: Array(sealed[..<12]), aad: [])
        #expect(opened == Array("text".utf8))
    }

    @Test("what cannot be agreed on is refused, and makes no key")
    func refused() throws {
        let transit = try TransitHarness()
        transit.make("own", "ecdsa-p256")
        transit.make("aes")
        transit.make("rsa", "rsa-2048")
        transit.make("ed", "ed25519")
        transit.make("wide", "ecdsa-p384")
        let peer = publicKey(transit, "own")
        func refuse(_ base: String, _ peer: JSONValue, _ more: JSONValue = [:], _ error: String) {
            var data = more
            data["base_key_name"] = .string(base)
            data["peer_public_key"] = peer
            check(transit.post("derive-key/new", data), status: 400, error: error)
        }
        refuse("none", peer, [:], "specified base key not found")
        for base in ["aes", "rsa", "ed"] {
            let type = transit.get("keys/\(base)")["type"]?.stringValue ?? ""
            refuse(base, peer, [:], "base key type \(type) does not support key agreement")
        }
        refuse("wide", peer, [:], "peer_public_key is not on the curve of the base key")
        refuse(
            "own", publicKey(transit, "rsa"), [:],
            "peer_public_key is not on the curve of the base key")
        for bad in ["x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
            refuse(
                "own", .string(bad), [:], "peer_public_key is no PEM public key on a NIST curve")
        }
        refuse(
            "own", peer, ["derived_key_type": "ed25519"],
            "a key of type ed25519 cannot be derived from another")
        refuse(
            "own", peer, ["key_derivation_algorithm": "dh"],
            "unsupported key_derivation_algorithm: there is ecdh")
        refuse(
            "own", peer, ["base_key_version": 2],
            "requested version for derivation is higher than the latest key version")
        #expect(transit.get("keys/new").status == 404)
        check(
            transit.post(
                "derive-key/aes", ["base_key_name": "own", "peer_public_key": peer]),
            status: 400, error: "key \"aes\" already exists")
    }

    @Test("a point that is not on the curve is no key")
    func invalidPoint() throws {
        let transit = try TransitHarness()
        transit.make("own", "ecdsa-p256")
        let pem = publicKey(transit, "own").stringValue ?? ""
        var der = try #require(PEM.decode(pem)?.first?.der)
        der[der.count - 1] ^= 1
        check(
            transit.post(
                "derive-key/new",
                [
                    "base_key_name": "own",
                    "peer_public_key": .string(PEM.encode("PUBLIC KEY", der)),
                ]), status: 400,
            error: "peer_public_key is no PEM public key on a NIST curve")
    }
}
