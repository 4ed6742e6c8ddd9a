// Ed25519 with a signature context, and over a digest: Ed25519ctx and Ed25519ph.

import Clock
import Cryptography
import JSON
import Testing

@testable import Transit

@Suite struct SignatureContextTests {
    private let transit: TransitHarness

    init() throws {
        transit = try TransitHarness()
        transit.make("k", "ed25519")
    }

    /// What a request says besides its input.
    private func data(
        _ input: [UInt8] = [1, 2, 3], context: String? = nil, digest: String? = nil
    ) -> JSONValue {
        var data: JSONValue = ["input": .string(Base64.encode(input))]
        if let context { data["signature_context"] = .string(base64(context)) }
        if let digest {
            data["prehashed"] = true
            data["hash_algorithm"] = .string(digest)
        }
        return data
    }

    private func verify(
        _ signature: String, _ data: JSONValue, _ key: String = "k"
    ) -> TransitHarness.Reply {
        var data = data
        data["signature"] = .string(signature)
        return transit.post("verify/\(key)", data)
    }

    private static let digest = [UInt8](repeating: 7, count: 64)

    @Test("a signature is one of its variant and its context only")
    func separation() throws {
        let message = Self.digest
        let forms = [
            data(message), data(message, context: "mail"), data(message, context: "mai"),
            data(message, digest: "sha2-512"), data(message, context: "mail", digest: "sha2-512"),
        ]
        for (made, form) in forms.enumerated() {
            let signature = transit.post("sign/k", form).text("signature")
            #expect(signature.hasPrefix("vault:v1:"))
            #expect(transit.post("sign/k", form).text("signature") == signature)
            for (asked, other) in forms.enumerated() {
                #expect(verify(signature, other)["valid"] == .bool(made == asked))
            }
        }
    }

    @Test("an imported key of RFC 8032 signs as it does there")
    func published() throws {
        // Section 7.2, foo, and 7.3.
        let cases: [(seed: String, data: JSONValue, signature: String)] = [
            (
                "0305334e381af78f141cb666f6199f57bc3495335a256a95bd2a55bf546663f6",
                data(try #require(Hex.decode("f726936d19c800494e3fdaff20b276a8")), context: "foo"),
                "55a4cc2f70a54e04288c5f4cd1e45a7bb520b36292911876cada7323198dd87a"
                    + "8b36950b95130022907a7fb7c4e9b2d5f6cca685a587b4b21f4b888e4e7edb0d"
            ),
            (
                "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
                data(try Digest.sha2With512Bits.hash(Array("abc".utf8)), digest: "sha2-512"),
                "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
                    + "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
            ),
        ]
        for one in cases {
            let seed = try #require(Hex.decode(one.seed))
            let key = try seed.withUnsafeBytes { try PrivateKey(ed25519Seed: $0) }
            var version = KeyVersion(
                created: Timestamp(seconds: 0),
                hmacKey: KeyVersion.randomSecret(32))
            try version.set(key)
            let ring = KeyRing(type: .ed25519, versions: [version])
            let loaded = LoadedKey(mark: [], ring: ring)
            let signature = try Array(one.data.encoded()).withUnsafeBytes { bytes in
                let members = Members(bytes)
                return try loaded.sign(
                    try members.input(), try SignatureForm(members, named: nil), context: nil,
                    version: 1
                ).signature
            }
            #expect(Hex.encode(signature) == one.signature)
        }
    }

    @Test("what is prehashed is a SHA-512 digest, and named as one")
    func prehashed() {
        let named = "prehashed input of an ed25519 key requires hash_algorithm=sha2-512"
        for digest in ["", "sha2-256", "sha2-384", "sha3-512", "sha1"] {
            let reply = transit.post("sign/k", data(Self.digest, digest: digest))
            check(reply, status: 400, error: named)
        }
        check(
            verify("vault:v1:" + Base64.encode(Self.digest), data(Self.digest, digest: "sha2-256")),
            status: 400, error: named)
        for count in [0, 32, 63, 65] {
            let short = data(Array([UInt8](repeating: 7, count: count)), digest: "sha2-512")
            check(
                transit.post("sign/k", short), status: 400,
                error: "the prehashed input has \(count) bytes, which no digest of that name has")
        }
    }

    @Test("the name of a digest alone changes nothing of a plain signature")
    func digestAlone() {
        let plain = transit.post("sign/k", data()).text("signature")
        #expect(transit.post("sign/k/sha2-512", data()).text("signature") == plain)
        #expect(transit.post("sign/k/sha2-256", data()).text("signature") == plain)
    }

    @Test("a context that is too long or no Base64 is refused, and an empty one is none")
    func badContexts() {
        let long = String(repeating: "c", count: 255)
        check(transit.post("sign/k", data(context: long)), status: 200)
        let tooLong = "a signature_context may have at most 255 bytes"
        check(transit.post("sign/k", data(context: long + "c")), status: 400, error: tooLong)
        check(
            verify("vault:v1:AAAA", data(context: long + "c")), status: 400, error: tooLong)
        var broken = data()
        broken["signature_context"] = "?"
        check(
            transit.post("sign/k", broken), status: 400,
            error: "failed to base64-decode signature_context")
        broken["signature_context"] = 7
        #expect(transit.post("sign/k", broken).status == 400)
        let plain = transit.post("sign/k", data()).text("signature")
        #expect(transit.post("sign/k", data(context: "")).text("signature") == plain)
        #expect(verify(plain, data(context: ""))["valid"] == true)
    }

    @Test("the context of a batch is that of its items, unless one has its own")
    func batches() {
        let single = { (context: String?) in
            transit.post("sign/k", data(context: context)).text("signature")
        }
        var long = data()
        long["signature_context"] = .string(Base64.encode([UInt8](repeating: 1, count: 256)))
        let items = [data(), data(context: "own"), long]
        var batch: JSONValue = ["batch_input": .array(items)]
        let plain = transit.post("sign/k", batch).results
        #expect(plain[0]["signature"]?.stringValue == single(nil))
        #expect(plain[1]["signature"]?.stringValue == single("own"))
        #expect(
            plain[2] == [
                "error": "a signature_context may have at most 255 bytes"
            ])
        batch["signature_context"] = .string(base64("all"))
        let made = transit.post("sign/k", batch).results
        #expect(made[0]["signature"]?.stringValue == single("all"))
        #expect(made[1]["signature"]?.stringValue == single("own"))
        let checked = made.prefix(2).enumerated().map { place, result in
            var item = items[place]
            item["signature"] = result["signature"]
            return item
        }
        batch["batch_input"] = .array(checked)
        #expect(transit.post("verify/k", batch).results == [["valid": true], ["valid": true]])
        batch["signature_context"] = nil
        #expect(transit.post("verify/k", batch).results == [["valid": false], ["valid": true]])
    }

    @Test("a derived key signs with the context's key, for the signature's context")
    func derived() throws {
        transit.make("d", "ed25519", ["derived": true])
        for digest in [nil, "sha2-512"] {
            var one = data(Self.digest, context: "mail", digest: digest)
            one["context"] = .string(base64("tenant 1"))
            let reply = transit.post("sign/d", one)
            #expect(Base64.decode(reply.text("public_key"))?.count == 32)
            let signature = reply.text("signature")
            #expect(verify(signature, one, "d")["valid"] == true)
            var other = one
            other["context"] = .string(base64("tenant 2"))
            #expect(verify(signature, other, "d")["valid"] == false)
            other = one
            other["signature_context"] = nil
            #expect(verify(signature, other, "d")["valid"] == false)
        }
    }

    @Test("keys whose signatures have no context say so", arguments: ["ecdsa-p256", "rsa-2048"])
    func otherTypes(type: String) {
        transit.make("o", type)
        let message = "signature_context is not supported for keys of type \(type)"
        check(transit.post("sign/o", data(context: "c")), status: 400, error: message)
        check(verify("vault:v1:AAAA", data(context: "c"), "o"), status: 400, error: message)
        let batch = transit.post("sign/o", ["batch_input": [data(context: "c"), data()]])
        #expect(batch.results[0] == ["error": .string(message)])
        #expect(batch.results[1]["signature"] != nil)
    }

    @Test("a code has no context")
    func codes() {
        let code = transit.post("hmac/k", data()).text("hmac")
        var data = data(context: "c")
        data["hmac"] = .string(code)
        check(
            transit.post("verify/k", data), status: 400,
            error: "an HMAC has no signature_context")
    }
}
