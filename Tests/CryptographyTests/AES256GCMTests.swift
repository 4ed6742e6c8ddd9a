// AES-256-GCM against published answers and against every kind of tampering.

import Cryptography
import Testing

@Suite struct AES256GCMTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let name: String
        let key, nonce, aad, plaintext, sealed: String
        var testDescription: String { name }
    }

    // McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13 to 16.
    static let vectors = [
        Vector(
            name: "no plaintext", key: String(repeating: "0", count: 64),
            nonce: "000000000000000000000000", aad: "", plaintext: "",
            sealed: "530f8afbc74536b9a963b4f1c4cb738b"),
        Vector(
            name: "one block of zeros", key: String(repeating: "0", count: 64),
            nonce: "000000000000000000000000", aad: "",
            plaintext: "00000000000000000000000000000000",
            sealed: "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
        Vector(
            name: "four blocks",
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            nonce: "cafebabefacedbaddecaf888", aad: "",
            plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
            sealed: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
                + "b094dac5d93471bdec1a502270e3cc6c"),
        Vector(
            name: "authenticated data and a partial block",
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            nonce: "cafebabefacedbaddecaf888", aad: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            sealed: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                + "76fc6ece0f4e1768cddf8853bb2d551b"),
    ]

    func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }

    @Test("published vectors seal and open", arguments: vectors)
    func published(_ vector: Vector) throws {
        let cipher = try AES256GCM(key: SecretBytes(bytes(vector.key)))
        let (nonce, aad) = (try bytes(vector.nonce), try bytes(vector.aad))
        // Twice, since the second use of a context must not depend on the first.
        for _ in 0..<2 {
            let sealed = try cipher.seal(bytes(vector.plaintext), nonce: nonce, aad: aad)
            #expect(Hex.encode(sealed) == vector.sealed)
            #expect(
                try cipher.open(sealed, nonce: nonce, aad: aad) == bytes(vector.plaintext))
        }
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
