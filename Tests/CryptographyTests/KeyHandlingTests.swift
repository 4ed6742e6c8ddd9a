import Cryptography
import Testing

@Suite struct KeyHandlingTests {
    private func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }

    @Test("HKDF without salt and info gives RFC 5869's third answer")
    func hkdf() throws {
        let derived = try [UInt8](repeating: 0x0B, count: 22).withUnsafeBytes { secret in
            try [UInt8]().withUnsafeBytes { try HKDFSHA256.derive(secret, info: $0, count: 42) }
        }
        #expect(
            Hex.encode(derived.exposedBytes())
                == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
        )
    }

    @Test("HMAC over other digests, and with an empty key and message")
    func hmac() throws {
        let message = Array("what do ya want for nothing?".utf8)
        let code = try message.withUnsafeBytes { message in
            try Array("Jefe".utf8).withUnsafeBytes {
                try Digest.sha2With512Bits.authenticate(message, key: $0)
            }
        }
        // RFC 4231, test case 2.
        #expect(Hex.encode(code).hasPrefix("164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd6"))
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        #expect(
            Hex.encode(try Digest.sha2With256Bits.authenticate(none, key: none))
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test("what is signed with each RSA padding verifies with that one only")
    func rsa() throws {
        let key = try PrivateKey.generate(.rsa(bits: 2048))
        let publicKey = try key.publicKey()
        let digest = try Digest.sha2With256Bits.hash(Array("text".utf8))
        let schemes: [DigestScheme] = [
            .rsaPKCS1(.sha2With256Bits), .rsaPKCS1(nil),
            .rsaPSS(.sha2With256Bits, salt: .bytes(20)), .rsaPSS(.sha2With256Bits, salt: .digest),
        ]
        for signing in schemes {
            let signature = try key.sign(digest: digest, signing)
            for checking in schemes {
                #expect(
                    try publicKey.verify(signature, ofDigest: digest, checking)
                        == (signing == checking))
            }
        }
        let longest = try key.sign(digest: digest, .rsaPSS(.sha2With256Bits, salt: .automatic))
        #expect(
            try publicKey.verify(
                longest, ofDigest: digest, .rsaPSS(.sha2With256Bits, salt: .bytes(222))))
        #expect(throws: CryptoError(.tooLarge, "")) {
            try key.sign(digest: digest, .rsaPSS(.sha2With256Bits, salt: .bytes(223)))
        }
        // A digest that is not as long as its name says.
        #expect(throws: CryptoError(.tooLarge, "")) {
            try key.sign(digest: Array(digest.dropLast()), .rsaPKCS1(.sha2With256Bits))
        }
        #expect(throws: CryptoError(.unsuitableKey, "")) { try key.sign(digest: digest, .ecdsa) }
    }

    @Test("one key makes and checks signatures of many forms in turn, and on many threads")
    func manyForms() async throws {
        let digest = try Digest.sha2With256Bits.hash(Array("text".utf8))
        let rsa = try PrivateKey.generate(.rsa(bits: 2048))
        let publicRSA = try rsa.publicKey()
        for round in 0..<3 {
            for salt in 0..<12 {
                let scheme = DigestScheme.rsaPSS(.sha2With256Bits, salt: .bytes(salt))
                let signature = try rsa.sign(digest: digest, scheme)
                #expect(try publicRSA.verify(signature, ofDigest: digest, scheme))
                let other = DigestScheme.rsaPSS(.sha2With256Bits, salt: .bytes(salt + 1))
                #expect(try !publicRSA.verify(signature, ofDigest: digest, other), "\(round)")
            }
            #expect(throws: CryptoError(.tooLarge, "")) {
                try rsa.sign(digest: digest, .rsaPSS(.sha2With256Bits, salt: .bytes(223)))
            }
        }
        let ecdsa = try PrivateKey.generate(.p256)
        let publicECDSA = try ecdsa.publicKey()
        await withTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    (0..<100).allSatisfy { number in
                        let scheme: DigestScheme = (task + number) % 2 == 0 ? .ecdsa : .ecdsaRaw
                        guard let made = try? ecdsa.sign(digest: digest, scheme) else {
                            return false
                        }
                        let isRight = try? publicECDSA.verify(made, ofDigest: digest, scheme)
                        let isWrong = try? publicECDSA.verify(
                            made, ofDigest: digest.reversed(), scheme)
                        return isRight == true && isWrong == false
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test("OAEP opens what was encrypted for the key, and says nothing of why it does not")
    func oaep() throws {
        let key = try PrivateKey.generate(.rsa(bits: 2048))
        let message = Array("a data key".utf8)
        var sealed = try message.withUnsafeBytes {
            try key.publicKey().encryptOAEP($0, digest: .sha2With256Bits)
        }
        let opened = try sealed.withUnsafeBytes {
            try key.decryptOAEP($0, digest: .sha2With256Bits)
        }
        #expect(opened == message)
        #expect(throws: CryptoError(.authenticationFailed, "")) {
            try sealed.withUnsafeBytes { try key.decryptOAEP($0, digest: .sha1) }
        }
        sealed[100] ^= 1
        let beyondModulus = [UInt8](repeating: 0xFF, count: 256)
        for bad in [sealed, beyondModulus, [], [0], Array(sealed.dropLast()), sealed + [0]] {
            #expect(throws: CryptoError(.authenticationFailed, "")) {
                try bad.withUnsafeBytes { try key.decryptOAEP($0, digest: .sha2With256Bits) }
            }
        }
    }

    @Test("Ed25519 keys go in and out by their bytes (RFC 8032, test 2)")
    func ed25519() throws {
        let seed = try bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
        let key = try seed.withUnsafeBytes { try PrivateKey(ed25519Seed: $0) }
        #expect(
            Hex.encode(try key.publicKey().ed25519Bytes())
                == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        let signature = try key.sign([0x72], .ed25519)
        #expect(Hex.encode(signature).hasPrefix("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8f"))
        #expect(try key.ed25519Seed() == SecretBytes(seed))
        let other = try PublicKey(ed25519: key.publicKey().ed25519Bytes())
        #expect(try other.verify(signature, of: [0x72], .ed25519))
        #expect(throws: CryptoError(.invalidKey, "")) { try PublicKey(ed25519: [1, 2, 3]) }
    }

    @Test("both sides of an exchange come to the same secret")
    func exchange() throws {
        for kind in [KeyKind.p256, .p384, .p521] {
            let (a, b) = (try PrivateKey.generate(kind), try PrivateKey.generate(kind))
            let secret = try a.sharedSecret(with: b.publicKey())
            #expect(try b.sharedSecret(with: a.publicKey()) == secret)
        }
        let (a, b) = (try PrivateKey.generate(.p256), try PrivateKey.generate(.p384))
        #expect(throws: CryptoError(.unsuitableKey, "")) {
            try a.sharedSecret(with: b.publicKey())
        }
    }

    @Test("PEM goes there and back, and what is broken is none")
    func pem() throws {
        let der = (0..<100).map { UInt8($0) }
        let text = PEM.encode("CERTIFICATE", der)
        #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 64 })
        let blocks = try #require(PEM.decode("leading text\n" + text + text))
        #expect(blocks.map(\.label) == ["CERTIFICATE", "CERTIFICATE"])
        #expect(blocks.map(\.der) == [der, der])
        for bad in [
            "", "text", String(text.dropLast(12)), text.replacing("AAEC", with: "!!!!"),
            text.replacing("END CERTIFICATE", with: "END PUBLIC KEY"),
        ] {
            #expect(PEM.decode(bad) == nil)
        }
        // As other systems and editors leave it.
        let other = text.replacing("\n", with: " \t\r\n  ")
        #expect(PEM.decode("\r\n" + other)?.map(\.der) == [der])
        #expect(PEM.decode("-----BEGIN -----\n-----END -----\n") == nil)
    }

    @Test("blocks of Base64 agree with the plain one on every length and every byte")
    func base64() throws {
        for length in 0..<100 {
            let value = SecureRandom.bytes(length)
            var text = Array("x".utf8)
            value.withUnsafeBytes { Base64.append($0, to: &text) }
            #expect(String(decoding: text.dropFirst(), as: UTF8.self) == Base64.encode(value))
            #expect(decoded(Array(text.dropFirst())) == value)
        }
        for place in [0, 5, 8, 11] {
            for byte in UInt8.min...UInt8.max {
                var text = Array("QUJDREVGR0hJ".utf8)
                text[place] = byte
                let plain = text.withUnsafeBytes { Base64.decode($0) }
                #expect(decoded(text) == plain)
            }
        }
        for text in ["A", "AB", "ABC", "AB==CD==", "A===", "====", "AB=C", "QUF=", "QR==", "Q U="] {
            #expect(decoded(Array(text.utf8)) == Base64.decode(text))
        }
    }

    private func decoded(_ text: [UInt8]) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: text.count / 4 * 3)
        let count = text.withUnsafeBytes { text in
            bytes.withUnsafeMutableBytes { Base64.decode(text, into: $0) }
        }
        return count.map { Array(bytes.prefix($0)) }
    }
}
