// AES-256-GCM against published answers and against every kind of tampering.

import Cryptography
import Testing

@Suite struct AES256GCMTests {
    static let vectors = VectorFile.vectors("aead").filter {
        (try? $0.hex("algorithm")) == "aes256-gcm"
    }

    @Test("published vectors seal and open", arguments: vectors.filter(\.isValid))
    func published(_ vector: Vector) throws {
        let cipher = try AES256GCM(key: SecretBytes(vector.bytes("key")))
        let (nonce, aad) = (try vector.bytes("nonce"), try vector.bytes("aad"))
        // Twice, since the second use of a context must not depend on the first.
        for _ in 0..<2 {
            let sealed = try cipher.seal(vector.bytes("plaintext"), nonce: nonce, aad: aad)
            #expect(try sealed == vector.bytes("sealed"))
            #expect(
                try cipher.open(sealed, nonce: nonce, aad: aad) == vector.bytes("plaintext"))
        }
    }

    @Test(
        "what was not sealed with this key, nonce and data does not open",
        arguments: vectors.filter { !$0.isValid })
    func forged(_ vector: Vector) throws {
        let cipher = try AES256GCM(key: SecretBytes(vector.bytes("key")))
        let sealed = try vector.bytes("sealed")
        let (nonce, aad) = (try vector.bytes("nonce"), try vector.bytes("aad"))
        #expect(throws: CryptoError.self) { try cipher.open(sealed, nonce: nonce, aad: aad) }
    }

    @Test("a change of any bit is refused, and the context still works afterwards")
    func everyBitCounts() throws {
        let cipher = try AES256GCM(key: SecretBytes(random: 32))
        let (nonce, aad) = (SecureRandom.bytes(12), Array("path/to/entry".utf8))
        let sealed = try cipher.seal(Array("attack at dawn".utf8), nonce: nonce, aad: aad)
        for bit in 0..<(sealed.count * 8) {
            var broken = sealed
            broken[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: CryptoError(.authenticationFailed, "")) {
                try cipher.open(broken, nonce: nonce, aad: aad)
            }
        }
        for bit in 0..<(nonce.count * 8) {
            var other = nonce
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: CryptoError.self) { try cipher.open(sealed, nonce: other, aad: aad) }
        }
        #expect(throws: CryptoError.self) {
            try cipher.open(sealed, nonce: nonce, aad: Array("path/to/entrz".utf8))
        }
        #expect(throws: CryptoError.self) { try cipher.open(sealed, nonce: nonce, aad: []) }
        #expect(try cipher.open(sealed, nonce: nonce, aad: aad) == Array("attack at dawn".utf8))
    }

    @Test("every truncation is refused without a trap")
    func truncations() throws {
        let cipher = try AES256GCM(key: SecretBytes(random: 32))
        let nonce = SecureRandom.bytes(12)
        let sealed = try cipher.seal([1, 2, 3], nonce: nonce, aad: [])
        for count in 0..<sealed.count {
            #expect(throws: CryptoError.self) {
                try cipher.open(Array(sealed[..<count]), nonce: nonce, aad: [])
            }
        }
    }

    @Test("keys and nonces of other lengths are refused")
    func lengths() throws {
        for count in [0, 16, 31, 33, 64] {
            #expect(throws: CryptoError(.invalidKeyLength, "")) {
                try AES256GCM(key: SecretBytes(random: count))
            }
        }
        let cipher = try AES256GCM(key: SecretBytes(random: 32))
        for count in [0, 11, 13, 16] {
            #expect(throws: CryptoError(.invalidNonceLength, "")) {
                try cipher.seal([1], nonce: SecureRandom.bytes(count), aad: [])
            }
        }
    }

    @Test("sealing appends to what is there, and a refusal leaves it alone")
    func appends() throws {
        let cipher = try AES256GCM(key: SecretBytes(random: 32))
        var output: [UInt8] = [9, 9]
        let nonce = SecureRandom.bytes(12)
        try [UInt8](repeating: 7, count: 40).withUnsafeBytes { text in
            try nonce.withUnsafeBytes { try cipher.seal(text, nonce: $0, aad: $0, into: &output) }
        }
        #expect(output.count == 2 + 40 + 16)
        #expect(output.starts(with: [9, 9]))
        #expect(throws: CryptoError.self) {
            try nonce.withUnsafeBytes { nonce in
                let short = UnsafeRawBufferPointer(rebasing: nonce[..<4])
                try cipher.seal(nonce, nonce: short, aad: nonce, into: &output)
            }
        }
        #expect(output.count == 2 + 40 + 16)
    }
}
