// Keys that are wrapped, and keys that two sides agree on, against aes-key-wrap.json and ecdh.json.

import Cryptography
import Testing

@Suite struct KeyExchangeVectorTests {
    private func unwrap(_ wrapped: [UInt8], _ key: SecretBytes) throws -> SecretBytes {
        try wrapped.withUnsafeBytes { try AESKeyWrap.unwrap($0, under: key) }
    }

    @Test(
        "keys are wrapped with padding as RFC 5649 has it, and nothing else opens",
        arguments: VectorFile.vectors("aes-key-wrap"))
    func wrapping(_ vector: Vector) throws {
        let key = SecretBytes(try vector.bytes("key"))
        let wrapped = try vector.bytes("wrapped")
        guard vector.isValid else {
            #expect(throws: CryptoError(.authenticationFailed, "")) { try unwrap(wrapped, key) }
            return
        }
        let secret = try vector.bytes("plaintext")
        #expect(try secret.withUnsafeBytes { try AESKeyWrap.wrap($0, under: key) } == wrapped)
        #expect(try unwrap(wrapped, key) == SecretBytes(secret))
        let step = max(1, wrapped.count / 40)
        for place in stride(from: 0, to: wrapped.count, by: step) {
            var altered = wrapped
            altered[place] ^= 4
            #expect(throws: CryptoError(.authenticationFailed, "")) { try unwrap(altered, key) }
            #expect(throws: CryptoError(.authenticationFailed, "")) {
                try unwrap(Array(wrapped.prefix(place)), key)
            }
        }
    }

    private static func kind(_ vector: Vector) throws -> KeyKind {
        switch try vector.hex("curve") {
        case "p256": .p256
        case "p384": .p384
        case "p521": .p521
        case let name: throw UnknownCurve(name: name)
        }
    }

    private struct UnknownCurve: Error {
        let name: String
    }

    @Test(
        "both sides agree on the x of a point of the curve, and on nothing else",
        arguments: VectorFile.vectors("ecdh"))
    func agreement(_ vector: Vector) throws {
        let kind = try Self.kind(vector)
        let own = try PrivateKey(kind, secret: vector.hex("private"))
        let peer = try vector.bytes("peer")
        let isPoint = try vector.hex("form") == "point"
        let agree = { () throws -> SecretBytes in
            let key =
                isPoint
                ? try PublicKey(point: peer, on: kind) : try PublicKey(subjectPublicKeyInfo: peer)
            return try own.sharedSecret(with: key)
        }
        if vector.isValid {
            #expect(try agree().exposedBytes() == vector.bytes("shared"))
        } else {
            #expect(throws: CryptoError.self) { try agree() }
        }
    }
}
