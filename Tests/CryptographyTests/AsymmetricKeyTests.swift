// Asymmetric keys and JSON Web Signatures against the examples of RFC 7515, 7638 and 8037.

import Cryptography
import Testing

@Suite struct AsymmetricKeyTests {
    static let allAlgorithms = JWSAlgorithm.allCases

    private static func privateKey(_ base64: String) throws -> PrivateKey {
        let bytes = try #require(Base64.decode(base64))
        return try PrivateKey(pkcs8: SecretBytes(bytes))
    }

    private static func publicKey(_ base64: String) throws -> PublicKey {
        try PublicKey(subjectPublicKeyInfo: try #require(Base64.decode(base64)))
    }

    private static func members(_ key: PublicKey) throws -> [String] {
        try key.jwkMembers().map { "\($0.name)=\($0.value)" }
    }

    // MARK: Published examples

    @Test("RS256 signs as RFC 7515 A.2 does, and its key is that example's JWK")
    func rs256() throws {
        let key = try Self.privateKey(Vectors.rfc7515RSA)
        let input = Array((Vectors.rfc7515HeaderRS256 + Vectors.rfc7515Payload).utf8)
        let signature = try key.sign(input, JWSAlgorithm.rs256.scheme)
        #expect(Base64.encodeURL(signature) == Vectors.rfc7515SignatureRS256)
        #expect(
            try Self.members(key.publicKey()) == [
                "e=AQAB", "kty=RSA", "n=" + Vectors.rfc7515Modulus,
            ])
    }

    @Test("ES256 takes the signature of RFC 7515 A.3, and its key is that example's JWK")
    func es256() throws {
        let key = try Self.publicKey(Vectors.rfc7515P256)
        let input = Array((Vectors.rfc7515HeaderES256 + Vectors.rfc7515Payload).utf8)
        let signature = try #require(Base64.decodeURL(Vectors.rfc7515SignatureES256))
        #expect(try key.verify(signature, of: input, JWSAlgorithm.es256.scheme))
        #expect(
            try Self.members(key) == [
                "crv=P-256", "kty=EC", "x=f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y=x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            ])
    }

    @Test("EdDSA signs as RFC 8037 A.4 does, with the JWK of A.2 and the thumbprint of A.3")
    func edDSA() throws {
        let key = try Self.privateKey(Vectors.rfc8037Ed25519)
        let signature = try key.sign(
            Array(Vectors.rfc8037Input.utf8), JWSAlgorithm.edDSA.scheme)
        #expect(Base64.encodeURL(signature) == Vectors.rfc8037Signature)
        let publicKey = try key.publicKey()
        #expect(
            try Self.members(publicKey) == [
                "crv=Ed25519", "kty=OKP", "x=11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            ])
        #expect(
            try publicKey.jwkThumbprint() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
    }

    @Test("the thumbprint of RFC 7638's key is that of its section 3.1")
    func thumbprint() throws {
        let key = try Self.publicKey(Vectors.rfc7638RSA)
        #expect(try key.jwkThumbprint() == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    }

    // MARK: Every algorithm

    @Test(
        "a new key of every algorithm signs, survives storage, and others refuse its work",
        arguments: allAlgorithms)
    func roundTrip(_ algorithm: JWSAlgorithm) throws {
        let made = try PrivateKey.generate(algorithm.newKeyKind)
        let key = try PrivateKey(pkcs8: made.pkcs8())
        #expect(key.kind == algorithm.newKeyKind && algorithm.suits(key.kind))
        let publicKey = try PublicKey(
            subjectPublicKeyInfo: made.publicKey().subjectPublicKeyInfo())
        let message = Array("a message".utf8)
        let signature = try key.sign(message, algorithm.scheme)
        #expect(try publicKey.verify(signature, of: message, algorithm.scheme))
        #expect(try !publicKey.verify(signature, of: message + [0], algorithm.scheme))
        var broken = signature
        broken[broken.count / 2] ^= 1
        #expect(try !publicKey.verify(broken, of: message, algorithm.scheme))
        let other = try PrivateKey.generate(algorithm.newKeyKind).publicKey()
        #expect(try !other.verify(signature, of: message, algorithm.scheme))
    }

    @Test(
        "a JOSE signature has two numbers of the field's size, small ones too",
        arguments: [(JWSAlgorithm.es256, 64), (.es384, 96), (.es512, 132)])
    func rawSize(_ algorithm: JWSAlgorithm, _ size: Int) throws {
        let key = try PrivateKey.generate(algorithm.newKeyKind)
        let publicKey = try key.publicKey()
        // One number in 256 has a leading zero byte, one in two a zero bit: both get their place.
        for round in 0..<64 {
            let message = Array("message \(round)".utf8)
            let signature = try key.sign(message, algorithm.scheme)
            #expect(signature.count == size)
            #expect(try publicKey.verify(signature, of: message, algorithm.scheme))
        }
    }

    @Test("RSA-PSS and ECDSA in ASN.1 sign and verify")
    func otherSchemes() throws {
        let rsa = try Self.privateKey(Vectors.rfc7515RSA)
        let message = Array("a message".utf8)
        let signature = try rsa.sign(message, .rsaPSS(.sha256))
        #expect(try rsa.publicKey().verify(signature, of: message, .rsaPSS(.sha256)))
        #expect(try !rsa.publicKey().verify(signature, of: message, .rsaPKCS1(.sha256)))
        #expect(try !rsa.publicKey().verify(signature, of: message, .rsaPSS(.sha384)))
        let curve = try PrivateKey.generate(.p384)
        let sequence = try curve.sign(message, .ecdsa(.sha384))
        #expect(sequence.first == 0x30)
        #expect(try curve.publicKey().verify(sequence, of: message, .ecdsa(.sha384)))
    }

    // MARK: Attacks

    @Test(
        "zeros, an empty signature and the ASN.1 form are no JOSE signatures",
        arguments: [[], [UInt8](repeating: 0, count: 64), [UInt8](repeating: 0xFF, count: 64)])
    func psychicSignature(_ signature: [UInt8]) throws {
        let key = try PrivateKey.generate(.p256)
        let message = Array("a message".utf8)
        #expect(
            try !key.publicKey().verify(signature, of: message, JWSAlgorithm.es256.scheme))
        let sequence = try key.sign(message, .ecdsa(.sha256))
        #expect(try !key.publicKey().verify(sequence, of: message, JWSAlgorithm.es256.scheme))
    }

    @Test("a key signs and verifies by schemes of its own kind only")
    func unsuitable() throws {
        let key = try PrivateKey.generate(.p256)
        let wrong = CryptoError(.unsuitableKey, "")
        #expect(throws: wrong) { try key.sign([1], .rsaPKCS1(.sha256)) }
        #expect(throws: wrong) { try key.sign([1], .ed25519) }
        #expect(throws: wrong) { try key.publicKey().verify([1], of: [1], .ed25519) }
        #expect(!JWSAlgorithm.es384.suits(.p256) && !JWSAlgorithm.rs256.suits(.ed25519))
    }

    @Test("short RSA keys, curves that are not offered, and bytes around a key are refused")
    func refusedKeys() throws {
        let wrong = CryptoError(.invalidKey, "")
        #expect(throws: wrong) { try PrivateKey.generate(.rsa(bits: 1024)) }
        #expect(throws: wrong) { try PrivateKey.generate(.rsa(bits: 16_384)) }
        #expect(throws: wrong) { try Self.privateKey(Vectors.rsa1024) }
        #expect(throws: wrong) { try Self.privateKey(Vectors.secp256k1) }
        let good = try #require(Base64.decode(Vectors.rfc8037Ed25519))
        for bytes in [[], good.dropLast(), good + [0]] {
            #expect(throws: wrong) { try PrivateKey(pkcs8: SecretBytes(Array(bytes))) }
        }
        let spki = try #require(Base64.decode(Vectors.rfc7515P256))
        for bytes in [[], spki.dropLast(), spki + [0]] {
            #expect(throws: wrong) { try PublicKey(subjectPublicKeyInfo: Array(bytes)) }
        }
    }
}

private enum Vectors {
    static let rfc7515Payload =
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    static let rfc7515HeaderRS256 = "eyJhbGciOiJSUzI1NiJ9"
    static let rfc7515HeaderES256 = "eyJhbGciOiJFUzI1NiJ9"
    static let rfc7515SignatureRS256 =
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
    static let rfc7515SignatureES256 =
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    static let rfc7515Modulus =
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
    static let rfc8037Input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    static let rfc8037Signature =
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    /// The examples' keys in the forms that are stored: PKCS #8 and SubjectPublicKeyInfo.
    static let rfc7515RSA =
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCh+BYK4uPJtGXOjS1lYmM2K5J9vinh8CR3/BYlzJChNuOL2TSXxbbqY913EeZ8dCn5VrD7io8ImtxLaYk8wTM/U+3QGbh3hCUv7JFP5IV3aVlL6kKA0ywPVb9ilE8TA5a8bpvfbr3SvaNnjuygxmj3AbONv/s4yDQs4v5tJ/reSlpIdJed1LnPmt7Ex1sFhSwsD174pcF1A5L5ROjtZMEQxrZHYJqkeDrrnGya11UxMFBji4NmXG9veoKjlnAqH2QbgtPr8jkiGUkftoaHLFcW9Qr4NY2ai50Xw0Byj3+H2JoY2PyrZ62EWQwuz3WTOTY8BwNNb2BvniHgVFbK5emhAgMBAAECggEAEq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7/GQ5sLKMgvfTeXZx9SE+7YwVol2NXOoAJe46sui395IW/GO+pWJ1O0BkTGoVEn2bKVRUCgu+GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M/V51gfpRLI9JYanrC4D4qAdGcopV/0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl/x/jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR/RQyGWSeWjnczT0QU91p1DhOVRuOopznQKBgQDgHMQQ60imZV1URk0KpLttoLhyt3SmqdEf/kgHePDdtzEafpAu+cS191R2JiuoF2yzWXnwFDcqGigp5BNr0AHQfD8/Lk8l1Mk09jxxCfui5nYooNyac8YFjm3vItzVCVDnEd3BbVWG8qf6deqElMGAg+C2V0L4oNXnP7LZcPAZRwKBgQC5A8R+CZW2MvRTLLHzwZkUXV866cff7tx6kqa0finGG0KgeqlaZPxgCZnFp7AeAcCMtiynVlJ7vMVgePsLq6XtON4tB5kP9jAPrq3rbAOal78eUH5OcED6eNuCV8ixEu1eWcPNCS/l1OW1EnXUEoEHKl54Xrrz2uNwkgMTP1FZ1wKBgAcCn1dwJKufzBWQxWQp1vsM5fggqPN1qGb5y0MAk3g7/Ls5bkUp5u9SN0Ai3Ya6hNnvWJMb7sXQX6U/zyO2M/hTip7tUeh7CXgwo59dkpN75gJLVds29+DAncu3KXU4f2Fa+7bLNrur53k8KwPOq2bbuTG69QtV7Jr5MR0AHWKNAoGBAIf/evpitUf+4JYbLpvNXWcY052Mpz22aR84mY3nh3F2LF2mjMJDpTg7FmuyPcVw6EcGyoAe9fa65iNqCq+jdw6PVNGo2hxfjSiZ8IIzHdsPXI89//pMjZcQK9r+CCoRjaZjOYiIDktVWZzmevJuv6WywUqd57LE3Zar3dLSIkx1AoGAIYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd+DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd/QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp/gh6A5603k2+ZQwVK0JKSHuLFkuQ3U="
    static let rfc7515P256 =
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ=="
    static let rfc8037Ed25519 =
        "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"
    static let rfc7638RSA =
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc/BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ/2W+5JsGY4Hc5n9yBXArwl93lqt7/RN5w6Cf0h4QyQ5v+65YGjQR0/FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt+bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ+G/xBniIqbw0Ls1jF44+csFCur+kEgU8awapJzKnqDKgwIDAQAB"
    static let rsa1024 =
        "MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAMSfeqzFD+hyt+QUP8ShwGRGr8EgpzZ/deO8kicHQzwRCUFQ3KiqQ2mc8WTMb4zGyXWs3dREvyGOBA+RzSsv4dnJ1jfJBXJ+OzWwY3pRiSF/WupmmxSrOX0Bhha5qH0zvk5aKgfH5YMSJrXk2lRrJZA2+88g58z9OoKAosd/oMRNAgMBAAECgYEAs/T6xFIAQ1FruRZHXuJkQeLoTSxjnl9+OJeIdKwS/1DgVaV6r+xVkr4PuZ/aoM/35vn2dacN/9oJIW7ihxpl6+I+CylPcKRSPxEta931uh4Kk5nBqdP7MKrQkc4vEYVeLS26cwNV+2SkHdd/gfujzDcmPin8iTXu5dUnozLQ3MECQQDgycYM/tH8SRmfY8MH04bm5Sda16IcOMUFzPFcDVVZE7FRjrKFqsPVJBUpnfpmT3ZogRCZhZL08xiogNfgouUFAkEA3+yOhTBRBbpFOpv6ZlcrxDh3mIPUzLrkbf8afwmV9yBdHgQxfoXVjGnKZZBSSfyOPZs3vNC+jNLodPtcXc2EqQJBAJkqAu+x5YSgjnvjbu1zPPUw6OrmCMhwChdUuJR/ZUsntueacpvPalZdmqnbwdVaiZTVdGkW8bZDueZ+vBmNBL0CQEFQktGuojN1fbP2wzcOvilh/yBxc6Sz7uVWv7fGaAPJYN/cgUNSblOil/LAAgCqtiKqH7vnd21EJ6HXn72MsOECQCXwruecgzj+38xMUiM3ZFGavZd3e1xfV388SM8+aADV8ZXpMzBBoAFRKFqZLwZKRyhAJzRR94EmqlzG8YXXjNU="
    static let secp256k1 =
        "MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgCxt1irzKMfFvo+ULIy+D5TK/YbtFw51Qg1fmwxir5BWhRANCAASTsIv4VlZNBWIfPM4LBtKnum+Jgot3pT4hqqcYplLapofVdKAgahmG2GgQFzndZKksWtyb+txetR7ut37q8Bao"
}
