// Known answers, checked once before a server serves: a library that is missing an algorithm or
// computes it wrongly must stop the start, not the first request.

public enum CryptographySelfTest {
    public static func run() throws(CryptoError) {
        guard Algorithms.aes256GCM != nil, Algorithms.sha256 != nil, Algorithms.sha384 != nil,
            Algorithms.sha512 != nil, Algorithms.hmac != nil
        else {
            throw CryptoError(.libraryFailure, "libcrypto lacks AES-256-GCM, SHA-2 or HMAC")
        }
        try checkDigests()
        try checkCipher()
        guard SecureRandom.bytes(32) != SecureRandom.bytes(32) else {
            throw CryptoError(.libraryFailure, "the random generator repeats itself")
        }
    }

    private static func checkDigests() throws(CryptoError) {
        // FIPS 180-4 "abc"; RFC 4231 test case 2.
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        let code = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        let mac = HMACSHA256(key: Array("Jefe".utf8))
        guard Hex.encode(SHA256.hash(Array("abc".utf8))) == digest,
            Hex.encode(mac.authenticate("what do ya want for nothing?")) == code
        else { throw CryptoError(.libraryFailure, "SHA-256 or HMAC-SHA256 gives a wrong answer") }
    }

    private static func checkCipher() throws(CryptoError) {
        // McGrew and Viega, "The Galois/Counter Mode of Operation", test case 14.
        let zeros = [UInt8](repeating: 0, count: 32)
        let cipher = try AES256GCM(key: SecretBytes(zeros))
        let sealed = try cipher.seal(Array(zeros[..<16]), nonce: Array(zeros[..<12]), aad: [])
        let expected = "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
        guard Hex.encode(sealed) == expected else {
            throw CryptoError(.libraryFailure, "AES-256-GCM gives a wrong answer")
        }
    }
}
