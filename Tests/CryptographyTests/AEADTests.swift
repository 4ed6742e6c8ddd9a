import Cryptography
import Testing

@Suite struct AEADTests {
    static let vectors = VectorFile.vectors("aead").filter(\.isValid)
    static let forgeries = VectorFile.vectors("aead").filter { !$0.isValid }

    private static func algorithm(_ vector: Vector) throws -> AEADAlgorithm {
        switch try vector.hex("algorithm") {
        case "aes128-gcm": .aes128GCM
        case "aes256-gcm": .aes256GCM
        case "chacha20-poly1305": .chaCha20Poly1305
        case "xchacha20-poly1305": .xChaCha20Poly1305
        case let name: throw UnknownAlgorithm(name: name)
        }
    }

    private struct UnknownAlgorithm: Error {
        let name: String
    }

    private func cipher(_ vector: Vector) throws -> AEADCipher {
        let algorithm = try Self.algorithm(vector)
        return try vector.bytes("key").withUnsafeBytes { try AEADCipher(algorithm, key: $0) }
    }

    private func seal(_ cipher: AEADCipher, _ vector: Vector) throws -> [UInt8] {
        let text = try vector.bytes("plaintext")
        let (nonce, aad) = (try vector.bytes("nonce"), try vector.bytes("aad"))
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
        let (nonce, aad) = (try vector.bytes("nonce"), try vector.bytes("aad"))
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
        let cipher = try cipher(vector)
        for _ in 0..<3 {
            let sealed = try seal(cipher, vector)
            #expect(try sealed == vector.bytes("sealed"))
            #expect(try open(cipher, sealed, vector) == vector.bytes("plaintext"))
        }
    }

    @Test("what was not sealed with this key, nonce and data does not open", arguments: forgeries)
    func forged(_ vector: Vector) throws {
        let cipher = try cipher(vector)
        #expect(throws: CryptoError.self) {
            try open(cipher, try vector.bytes("sealed"), vector)
        }
    }

    @Test("a changed bit anywhere does not open, and the next message does", arguments: vectors)
    func tampering(_ vector: Vector) throws {
        let cipher = try cipher(vector)
        let sealed = try vector.bytes("sealed")
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
        #expect(try open(cipher, sealed, vector) == vector.bytes("plaintext"))
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
        let vector = try #require(
            Self.vectors.last { (try? Self.algorithm($0)) == .aes256GCM })
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
