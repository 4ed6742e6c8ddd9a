// ECDSA and RSA signatures against the cases of ecdsa-*.json and rsa-*.json: what a careless
// verifier takes for a signature. Each is right or wrong, and none may trap.

import Cryptography
import Testing

@Suite struct SignatureVectorTests {
    private static func digest(_ vector: Vector) throws -> (name: Digest, bytes: [UInt8]) {
        let name = try #require(Digest(rawValue: try vector.hex("digest")))
        return (name, try name.hash(vector.bytes("message")))
    }

    /// The other interface hashes for itself, and knows fewer digests.
    private static func hash(_ digest: Digest) -> HashAlgorithm? {
        switch digest {
        case .sha2With256Bits: .sha256
        case .sha2With384Bits: .sha384
        case .sha2With512Bits: .sha512
        default: nil
        }
    }

    // MARK: ECDSA

    private func check(_ vector: Vector, _ kind: KeyKind) throws {
        let point = try [4] + vector.bytes("x") + vector.bytes("y")
        let key = try PublicKey(point: point, on: kind)
        let signature = try vector.bytes("signature")
        let (digest, bytes) = try Self.digest(vector)
        let hash = try #require(Self.hash(digest))
        let isRaw = try vector.hex("form") == "raw"
        #expect(
            try key.verify(signature, ofDigest: bytes, isRaw ? .ecdsaRaw : .ecdsa)
                == vector.isValid)
        let scheme: SignatureScheme = isRaw ? .ecdsaRaw(hash) : .ecdsa(hash)
        let message = try vector.bytes("message")
        #expect(try key.verify(signature, of: message, scheme) == vector.isValid)
        guard vector.isValid else { return }
        for place in signature.indices {
            var altered = signature
            altered[place] ^= 1
            #expect(
                try !key.verify(altered, ofDigest: bytes, isRaw ? .ecdsaRaw : .ecdsa),
                "byte \(place)")
        }
    }

    @Test(
        "ECDSA on P-256 takes one form of a signature, with numbers below the order",
        arguments: VectorFile.vectors("ecdsa-p256"))
    func p256(_ vector: Vector) throws { try check(vector, .p256) }

    @Test(
        "ECDSA on P-384 takes one form of a signature, with numbers below the order",
        arguments: VectorFile.vectors("ecdsa-p384"))
    func p384(_ vector: Vector) throws { try check(vector, .p384) }

    @Test(
        "ECDSA on P-521 takes one form of a signature, with numbers below the order",
        arguments: VectorFile.vectors("ecdsa-p521"))
    func p521(_ vector: Vector) throws { try check(vector, .p521) }

    // MARK: RSA

    @Test(
        "PKCS #1 v1.5 takes the one block that the digest makes, and a number below the modulus",
        arguments: VectorFile.vectors("rsa-pkcs1"))
    func pkcs1(_ vector: Vector) throws {
        let key = try PublicKey(subjectPublicKeyInfo: vector.bytes("key"))
        let signature = try vector.bytes("signature")
        let (digest, bytes) = try Self.digest(vector)
        #expect(
            try key.verify(signature, ofDigest: bytes, .rsaPKCS1(digest)) == vector.isValid)
        if let hash = Self.hash(digest) {
            let message = try vector.bytes("message")
            #expect(try key.verify(signature, of: message, .rsaPKCS1(hash)) == vector.isValid)
        }
        guard vector.isValid else { return }
        #expect(try !key.verify(signature, ofDigest: bytes.dropLast(), .rsaPKCS1(digest)))
        #expect(try !key.verify(signature, ofDigest: [], .rsaPKCS1(digest)))
        // The block has more in it than the digest.
        #expect(try !key.verify(signature, ofDigest: bytes, .rsaPKCS1(nil)))
    }

    @Test(
        "PSS takes the salt that is asked for, the one mask and a number below the modulus",
        arguments: VectorFile.vectors("rsa-pss"))
    func pss(_ vector: Vector) throws {
        let key = try PublicKey(subjectPublicKeyInfo: vector.bytes("key"))
        let signature = try vector.bytes("signature")
        let (digest, bytes) = try Self.digest(vector)
        let asked = try vector.hex("salt")
        let salt: DigestScheme.SaltLength =
            switch asked {
            case "auto": .automatic
            case "hash": .digest
            default: .bytes(try #require(Int(asked)))
            }
        let scheme = DigestScheme.rsaPSS(digest, salt: salt)
        #expect(try key.verify(signature, ofDigest: bytes, scheme) == vector.isValid)
        if let hash = Self.hash(digest), salt == .digest {
            let message = try vector.bytes("message")
            #expect(try key.verify(signature, of: message, .rsaPSS(hash)) == vector.isValid)
        }
        guard vector.isValid else { return }
        #expect(try !key.verify(signature, ofDigest: bytes.dropLast(), scheme))
        #expect(try !key.verify(signature, ofDigest: [], scheme))
    }
}
