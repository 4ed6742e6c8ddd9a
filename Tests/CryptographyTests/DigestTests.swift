// SHA-256 and HMAC-SHA256 against published answers.

import Cryptography
import Testing

@Suite struct DigestTests {
    @Test("the start-up self test passes")
    func selfTest() throws { try CryptographySelfTest.run() }

    @Test(
        "SHA-256 gives the published answers",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func sha256(_ text: String, _ digest: String) {
        #expect(Hex.encode(SHA256.hash(Array(text.utf8))) == digest)
    }

    // RFC 4231, test cases 1, 2, 3 and 6.
    static let codes: [(key: [UInt8], data: [UInt8], code: String)] = [
        (
            [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ]

    @Test("HMAC-SHA256 gives the published answers, also when its state is used again")
    func hmac() {
        for vector in Self.codes {
            let mac = HMACSHA256(key: vector.key)
            #expect(Hex.encode(mac.authenticate(vector.data)) == vector.code)
            _ = mac.authenticate("something else")
            _ = mac.authenticate([UInt8]())
            #expect(Hex.encode(mac.authenticate(vector.data)) == vector.code)
        }
    }

    @Test("an empty key is a key and not a reuse of another one")
    func emptyKey() {
        let code = HMACSHA256(key: [UInt8]()).authenticate([UInt8]())
        #expect(
            Hex.encode(code) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }
}
