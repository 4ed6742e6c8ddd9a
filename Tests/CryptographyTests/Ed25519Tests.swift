// Ed25519 and its two variants against the cases of ed25519*.json.

import Cryptography
import Ed25519Variants
import Testing

@Suite struct Ed25519Tests {
    private static func privateKey(_ vector: Vector) throws -> PrivateKey {
        try vector.bytes("private").withUnsafeBytes { try PrivateKey(ed25519Seed: $0) }
    }

    // MARK: Plain

    @Test(
        "Ed25519 signs and verifies as RFC 8032 has it, and nothing else",
        arguments: VectorFile.vectors("ed25519"))
    func plain(_ vector: Vector) throws {
        let (message, signature) = (try vector.bytes("message"), try vector.bytes("signature"))
        let publicKey = try PublicKey(ed25519: vector.bytes("public"))
        #expect(try publicKey.verify(signature, of: message, .ed25519) == vector.isValid)
        guard vector.has("private") else { return }
        let key = try Self.privateKey(vector)
        #expect(try key.publicKey().ed25519Bytes() == vector.bytes("public"))
        #expect(try key.sign(message, .ed25519) == signature)
        for place in signature.indices {
            var altered = signature
            altered[place] ^= 1
            #expect(try !publicKey.verify(altered, of: message, .ed25519))
        }
    }

    @Test(
        "Ed25519 keys are read in the forms of RFC 8410", arguments: VectorFile.vectors("ed25519"))
    func forms(_ vector: Vector) throws {
        let bytes = try #require(Hex.decode("302a300506032b6570032100")) + vector.bytes("public")
        let publicKey = try PublicKey(subjectPublicKeyInfo: bytes)
        #expect(try publicKey.ed25519Bytes() == vector.bytes("public"))
        guard vector.has("private") else { return }
        let start = try #require(Hex.decode("302e020100300506032b657004220420"))
        let key = try PrivateKey(pkcs8: SecretBytes(start + vector.bytes("private")))
        #expect(try key.publicKey().ed25519Bytes() == vector.bytes("public"))
    }

    // MARK: Variants

    private static func variant(_ vector: Vector) throws -> Ed25519Variant {
        try #require(
            Ed25519Variant(
                isPrehashed: vector.hex("variant") == "ph", context: vector.bytes("context")))
    }

    /// What is signed of the vector's message.
    private static func signed(_ vector: Vector) throws -> [UInt8] {
        let message = try vector.bytes("message")
        return try vector.hex("variant") == "ph" ? Digest.sha2With512Bits.hash(message) : message
    }

    @Test(
        "Ed25519ctx and Ed25519ph sign and verify as RFC 8032 has them, and nothing else",
        arguments: VectorFile.vectors("ed25519ctx") + VectorFile.vectors("ed25519ph"))
    func variants(_ vector: Vector) throws {
        let variant = try Self.variant(vector)
        let (message, signature) = (try Self.signed(vector), try vector.bytes("signature"))
        let publicKey = try PublicKey(ed25519: vector.bytes("public"))
        #expect(try publicKey.verify(signature, of: message, variant) == vector.isValid)
        guard vector.has("private") else { return }
        let key = try Self.privateKey(vector)
        #expect(try key.sign(message, variant) == signature)
        #expect(try !publicKey.verify(signature, of: message, .ed25519))
        for place in signature.indices {
            var altered = signature
            altered[place] ^= 1
            #expect(try !publicKey.verify(altered, of: message, variant))
        }
    }

    @Test("a context has at most 255 bytes, and Ed25519ctx does not go without one")
    func contexts() {
        for isPrehashed in [false, true] {
            let bytes = { (count: Int) in [UInt8](repeating: 1, count: count) }
            #expect(Ed25519Variant(isPrehashed: isPrehashed, context: bytes(255)) != nil)
            #expect(Ed25519Variant(isPrehashed: isPrehashed, context: bytes(256)) == nil)
            #expect((Ed25519Variant(isPrehashed: isPrehashed, context: []) != nil) == isPrehashed)
        }
    }

    @Test("Ed25519ph takes a digest and nothing else")
    func digests() throws {
        let key = try PrivateKey.generate(.ed25519)
        let variant = try #require(Ed25519Variant(isPrehashed: true, context: []))
        for count in [0, 3, 32, 63, 65, 128] {
            let message = [UInt8](repeating: 0, count: count)
            #expect(throws: CryptoError(.tooLarge, "")) { try key.sign(message, variant) }
            let signature = [UInt8](repeating: 1, count: 64)
            #expect(try !key.publicKey().verify(signature, of: message, variant))
        }
    }

    @Test("other kinds of keys have no variants")
    func kinds() throws {
        let key = try PrivateKey.generate(.p256)
        let variant = try #require(Ed25519Variant(isPrehashed: false, context: [1]))
        #expect(throws: CryptoError(.unsuitableKey, "")) { try key.sign([1], variant) }
        #expect(throws: CryptoError(.unsuitableKey, "")) {
            try key.publicKey().verify([1], of: [1], variant)
        }
    }

    @Test("many threads sign with one key")
    func sharing() async throws {
        let key = try PrivateKey.generate(.ed25519)
        let variant = try #require(Ed25519Variant(isPrehashed: false, context: [1]))
        let expected = try key.sign([1, 2, 3], variant)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<50).allSatisfy { _ in (try? key.sign([1, 2, 3], variant)) == expected }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
