// Keys that can be read and are none: what they encrypt anybody can open, or nobody.

import Testing

@testable import Cryptography

@Suite struct UnsoundKeyTests {
    // MARK: Public keys

    private static func der(_ tag: UInt8, _ body: [UInt8]) -> [UInt8] {
        let length: [UInt8] =
            body.count < 128
            ? [UInt8(body.count)] : [0x82, UInt8(body.count >> 8), UInt8(body.count & 255)]
        return [tag] + length + body
    }

    /// A positive number, big-endian.
    private static func integer(_ bytes: [UInt8]) -> [UInt8] {
        der(0x02, (bytes.first ?? 0) & 0x80 != 0 ? [0] + bytes : bytes)
    }

    private static func rsa(_ modulus: [UInt8], _ exponent: [UInt8]) -> [UInt8] {
        let algorithm = der(
            0x30, der(0x06, [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]) + [5, 0])
        let numbers = der(0x30, integer(modulus) + integer(exponent))
        return der(0x30, algorithm + der(0x03, [0] + numbers))
    }

    private static let rsaKey: PrivateKey? = try? .generate(.rsa(bits: 2048))

    @Test("an RSA key whose exponent lets anybody read, or nobody write, is refused")
    func exponents() throws {
        let modulus = try #require(Self.rsaKey).key.number("n")
        for good: [UInt8] in [[3], [17], [1, 0, 1], [0x7F, 0xFF, 0xFF, 0xFF]] {
            let key = try PublicKey(subjectPublicKeyInfo: Self.rsa(modulus, good))
            #expect(key.kind == .rsa(bits: 2048))
        }
        for bad: [UInt8] in [[1], [2], [1, 0, 0], [1, 0, 0, 0, 1], modulus] {
            #expect(throws: CryptoError.self) {
                try PublicKey(subjectPublicKeyInfo: Self.rsa(modulus, bad))
            }
        }
    }

    @Test("an even RSA modulus is refused")
    func modulus() throws {
        var modulus = try #require(Self.rsaKey).key.number("n")
        modulus[modulus.count - 1] &= 0xFE
        #expect(throws: CryptoError.self) {
            try PublicKey(subjectPublicKeyInfo: Self.rsa(modulus, [1, 0, 1]))
        }
    }

    // MARK: Private keys

    /// The key with one of its numbers replaced, as it would be read.
    private static func with(
        _ part: [UInt8], as other: [UInt8], in key: PrivateKey
    ) throws -> PrivateKey? {
        var bytes = try key.pkcs8().withUnsafeBytes { Array($0) }
        let place = try #require(bytes.firstRange(of: part))
        bytes.replaceSubrange(place, with: other)
        return try? PrivateKey(pkcs8: SecretBytes(bytes))
    }

    private static func changed(_ number: [UInt8]) -> [UInt8] {
        var number = number
        number[number.count / 2] ^= 1
        return number
    }

    @Test("keys as they are made are sound")
    func sound() throws {
        #expect(try #require(Self.rsaKey).isSound)
        for kind in [KeyKind.p224, .p256, .p384, .p521, .ed25519] {
            #expect(try PrivateKey.generate(kind).isSound)
        }
    }

    @Test("an RSA key of which one number was changed is not sound")
    func rsaParts() throws {
        let key = try #require(Self.rsaKey)
        for name in [
            "n", "d", "rsa-factor1", "rsa-factor2", "rsa-exponent1", "rsa-exponent2",
            "rsa-coefficient1",
        ] {
            let number = try key.key.number(name)
            let other = try Self.with(number, as: Self.changed(number), in: key)
            #expect(other?.isSound != true, "\(name)")
        }
    }

    @Test("a key on a curve with another key's public point is not sound")
    func points() throws {
        for kind in [KeyKind.p256, .p384] {
            let (key, other) = (try PrivateKey.generate(kind), try PrivateKey.generate(kind))
            let mixed = try Self.with(
                key.key.point(), as: other.key.point(), in: key)
            #expect(mixed?.isSound != true)
        }
    }
}

extension EVPKey {
    /// The public point as it stands in an encoded key.
    fileprivate func point() throws -> [UInt8] {
        let width = try #require(kind.fieldByteCount)
        return [4] + (try number("qx", byteCount: width)) + (try number("qy", byteCount: width))
    }
}
