import Cryptography
import Testing

@Suite struct AEADTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let algorithm: AEADAlgorithm
        let source: String
        let key: String
        let nonce: String
        let aad: String
        let plaintext: String
        let sealed: String

        var testDescription: String { source }
    }

    private static let gcmText =
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    private static let sunscreen =
        "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204920636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73637265656e20776f756c642062652069742e"
    private static let counting =
        "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"

    static let vectors = [
        Vector(
            algorithm: .aes128GCM, source: "McGrew and Viega, GCM, test case 4",
            key: "feffe9928665731c6d6a8f9467308308", nonce: "cafebabefacedbaddecaf888",
            aad: "feedfacedeadbeeffeedfacedeadbeefabaddad2", plaintext: gcmText,
            sealed:
                "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47"
        ),
        Vector(
            algorithm: .aes256GCM, source: "McGrew and Viega, GCM, test case 16",
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            nonce: "cafebabefacedbaddecaf888", aad: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            plaintext: gcmText,
            sealed:
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
        ),
        Vector(
            algorithm: .chaCha20Poly1305, source: "RFC 8439, section 2.8.2", key: counting,
            nonce: "070000004041424344454647", aad: "50515253c0c1c2c3c4c5c6c7",
            plaintext: sunscreen,
            sealed:
                "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"
        ),
        Vector(
            algorithm: .xChaCha20Poly1305, source: "draft-irtf-cfrg-xchacha-03, section A.3.1",
            key: counting, nonce: "404142434445464748494a4b4c4d4e4f5051525354555657",
            aad: "50515253c0c1c2c3c4c5c6c7", plaintext: sunscreen,
            sealed:
                "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49"
        ),
    ]

    private func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }

    private func seal(_ cipher: AEADCipher, _ vector: Vector) throws -> [UInt8] {
        let (text, nonce, aad) = (
            try bytes(vector.plaintext), try bytes(vector.nonce), try bytes(vector.aad)
        )
        var sealed = [UInt8](repeating: 0, count: text.count + AEADAlgorithm.tagByteCount)
        try text.withUnsafeBytes { text in
            try nonce.withUnsafeBytes { nonce in
                try aad.withUnsafeBytes { aad in
                    try sealed.withUnsafeMutableBytes {
                        try cipher.seal(text, nonce: nonce, aad: aad, to: $0)
                    }
                }
            }
        }
        return sealed
    }

    private func open(
        _ cipher: AEADCipher, _ sealed: [UInt8], _ vector: Vector
    ) throws -> [UInt8] {
        let (nonce, aad) = (try bytes(vector.nonce), try bytes(vector.aad))
        var text = [UInt8](
            repeating: 0xEE, count: max(0, sealed.count - AEADAlgorithm.tagByteCount))
        do {
            try sealed.withUnsafeBytes { sealed in
                try nonce.withUnsafeBytes { nonce in
                    try aad.withUnsafeBytes { aad in
                        try text.withUnsafeMutableBytes {
                            try cipher.open(sealed, nonce: nonce, aad: aad, to: $0)
                        }
                    }
                }
            }
        } catch {
            // Unauthenticated plaintext is not left behind.
            #expect(text.allSatisfy { $0 == 0 || $0 == 0xEE })
            throw error
        }
        return text
    }

    @Test("known answers, again and again under one key", arguments: vectors)
    func knownAnswers(_ vector: Vector) throws {
        let cipher = try bytes(vector.key).withUnsafeBytes {
            try AEADCipher(vector.algorithm, key: $0)
        }
        for _ in 0..<3 {
            let sealed = try seal(cipher, vector)
            #expect(Hex.encode(sealed) == vector.sealed)
            #expect(Hex.encode(try open(cipher, sealed, vector)) == vector.plaintext)
        }
    }

    @Test("a changed bit anywhere does not open, and the next message does", arguments: vectors)
    func tampering(_ vector: Vector) throws {
        let cipher = try bytes(vector.key).withUnsafeBytes {
            try AEADCipher(vector.algorithm, key: $0)
        }
        let sealed = try bytes(vector.sealed)
        for place in stride(from: 0, to: sealed.count, by: 7) {
            var altered = sealed
            altered[place] ^= 1
            #expect(throws: CryptoError(.authenticationFailed, "")) {
                try open(cipher, altered, vector)
            }
        }
        #expect(throws: CryptoError(.truncated, "")) {
            try open(cipher, Array(sealed.prefix(15)), vector)
        }
        #expect(Hex.encode(try open(cipher, sealed, vector)) == vector.plaintext)
    }

    @Test("a key or nonce of the wrong size is refused", arguments: AEADAlgorithm.allCases)
    func sizes(_ algorithm: AEADAlgorithm) throws {
        let key = [UInt8](repeating: 1, count: algorithm.keyByteCount)
        #expect(throws: CryptoError(.invalidKeyLength, "")) {
            try key.dropLast().withUnsafeBytes { try AEADCipher(algorithm, key: $0) }
        }
        let cipher = try key.withUnsafeBytes { try AEADCipher(algorithm, key: $0) }
        var output = [UInt8](repeating: 0, count: 16)
        #expect(throws: CryptoError(.invalidNonceLength, "")) {
            try output.withUnsafeMutableBytes { target in
                let none = UnsafeRawBufferPointer(start: nil, count: 0)
                try [UInt8](repeating: 0, count: algorithm.nonceByteCount - 1).withUnsafeBytes {
                    try cipher.seal(none, nonce: $0, aad: none, to: target)
                }
            }
        }
    }

    @Test("many threads share a key")
    func sharing() async throws {
        let key = try AEADKey(.aes256GCM, key: SecretBytes([UInt8](repeating: 1, count: 32)))
        let vector = Self.vectors[1]
        let expected = try key.withCipher { cipher in Result { try seal(cipher, vector) } }.get()
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<200).allSatisfy { _ in
                        (try? key.withCipher { cipher in try? seal(cipher, vector) }) == expected
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
