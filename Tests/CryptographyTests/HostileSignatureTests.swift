// Signatures that a careless verifier takes: other encodings of a right one, numbers out of range,
// and bytes that are none at all. Each must be wrong, and none may trap.

import Cryptography
import Testing

@Suite struct HostileSignatureTests {
    private let message = Array("attack at dawn".utf8)

    private func integer(_ bytes: [UInt8]) -> [UInt8] { [0x02, UInt8(bytes.count)] + bytes }

    private func sequence(_ parts: [UInt8]...) -> [UInt8] {
        let body = parts.flatMap { $0 }
        return [0x30, UInt8(body.count)] + body
    }

    @Test("ECDSA takes one encoding of a signature, with numbers inside the curve's order")
    func ecdsa() throws {
        let key = try PrivateKey.generate(.p256)
        let (publicKey, digest) = (
            try key.publicKey(), try Digest.sha2With256Bits.hash(message)
        )
        let good = try key.sign(digest: digest, .ecdsa)
        #expect(try publicKey.verify(good, ofDigest: digest, .ecdsa))
        let order: [UInt8] =
            [0x00] + [UInt8](repeating: 0xFF, count: 4) + [0, 0, 0, 0]
            + [UInt8](repeating: 0xFF, count: 8)
            + [
                0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63,
                0x25, 0x51,
            ]
        let zero = integer([0])
        let one = integer([1])
        let body = Array(good.dropFirst(2))
        let bad: [[UInt8]] = [
            [], [0x30], [0x30, 0x00], [0x30, 0x80], sequence(zero, zero), sequence(one, zero),
            sequence(zero, one), sequence(one, one), sequence(integer([0xFF]), one),
            sequence(one, integer(order)), sequence(integer(order), one), sequence(one),
            sequence(one, one, one), sequence(integer([]), integer([])),
            // The right numbers, written otherwise.
            [0x30, 0x81, UInt8(body.count)] + body,
            [0x30, 0x80] + body + [0, 0],
            good + [0], [0] + good, Array(good.dropLast()),
            [0x31] + good.dropFirst(),
            [UInt8](repeating: 0xFF, count: 72), [UInt8](repeating: 0, count: 72),
        ]
        for signature in bad {
            #expect(
                try !publicKey.verify(signature, ofDigest: digest, .ecdsa), "\(signature)")
        }
    }

    @Test("r and s side by side have the size of the field each")
    func ecdsaRaw() throws {
        for kind in [KeyKind.p256, .p384, .p521] {
            let key = try PrivateKey.generate(kind)
            let publicKey = try key.publicKey()
            let digest = try Digest.sha2With256Bits.hash(message)
            let good = try key.sign(digest: digest, .ecdsaRaw)
            #expect(try publicKey.verify(good, ofDigest: digest, .ecdsaRaw))
            let half = good.count / 2
            let bad: [[UInt8]] = [
                [], [0], Array(good.dropLast()), good + [0], [0] + good,
                [0] + good[..<half] + [0] + good[half...],
                [UInt8](repeating: 0, count: good.count),
                [UInt8](repeating: 0xFF, count: good.count),
                Array(good[half...] + good[..<half]),
                [UInt8](repeating: 0, count: half) + good[half...],
                good[..<half] + [UInt8](repeating: 0, count: half),
            ]
            for signature in bad {
                #expect(
                    try !publicKey.verify(signature, ofDigest: digest, .ecdsaRaw), "\(signature)")
            }
        }
    }

    @Test("an RSA signature is as long as the modulus and below it")
    func rsa() throws {
        let key = try PrivateKey.generate(.rsa(bits: 2048))
        let publicKey = try key.publicKey()
        let digest = try Digest.sha2With256Bits.hash(message)
        for scheme in [
            DigestScheme.rsaPKCS1(.sha2With256Bits),
            .rsaPSS(.sha2With256Bits, salt: .automatic), .rsaPKCS1(nil),
        ] {
            let good = try key.sign(digest: digest, scheme)
            #expect(try publicKey.verify(good, ofDigest: digest, scheme))
            let bad: [[UInt8]] = [
                [], [0], [1], good + [0], [0] + good, Array(good.dropFirst()),
                Array(good.dropLast()), [UInt8](repeating: 0, count: 256),
                [UInt8](repeating: 0, count: 255) + [1], [UInt8](repeating: 0xFF, count: 256),
                [UInt8](repeating: 7, count: 5_000),
            ]
            for signature in bad {
                #expect(try !publicKey.verify(signature, ofDigest: digest, scheme))
            }
            #expect(try !publicKey.verify(good, ofDigest: Array(digest.dropLast()), scheme))
            #expect(try !publicKey.verify(good, ofDigest: [], scheme))
        }
    }

    @Test("a wrapped key that was cut, stretched or changed does not open")
    func wrapped() throws {
        let key = SecretBytes([UInt8](repeating: 3, count: 32))
        for count in [1, 7, 8, 9, 16, 32, 1_200] {
            let secret = [UInt8](repeating: 9, count: count)
            let good = try secret.withUnsafeBytes { try AESKeyWrap.wrap($0, under: key) }
            let opened = try good.withUnsafeBytes { try AESKeyWrap.unwrap($0, under: key) }
            #expect(opened.exposedBytes() == secret)
            var bad: [[UInt8]] = [
                [], Array(good.dropLast()), Array(good.dropLast(8)), good + [0],
                good + [UInt8](repeating: 0, count: 8),
            ]
            for place in stride(from: 0, to: good.count, by: max(1, good.count / 9)) {
                var changed = good
                changed[place] ^= 0x80
                bad.append(changed)
            }
            for wrapped in bad {
                #expect(throws: CryptoError.self) {
                    _ = try wrapped.withUnsafeBytes { try AESKeyWrap.unwrap($0, under: key) }
                }
            }
        }
    }
}
