// One version of a key.

import Clock
import Cryptography

struct KeyVersion: Sendable {
    var created: Timestamp
    /// The symmetric key's bytes; of Ed25519 the 32 secret bytes and the public ones behind them;
    /// of other key pairs PKCS #8. Nil if only the public key is known.
    var secret: SecretBytes?
    /// The public key of a pair as SubjectPublicKeyInfo, else empty.
    var publicKey: [UInt8] = []
    /// Independent of the key itself, for codes over data.
    var hmacKey: SecretBytes
    /// How nonces are made if the key is convergent: the caller's (1), or out of the plaintext,
    /// with the context (2) or a derived key (3).
    var convergentVersion: UInt8 = 0
    /// X.509 in DER, the key's own certificate first.
    var certificates: [[UInt8]] = []

    /// What new versions have.
    static let currentConvergentVersion: UInt8 = 3

    static func generate(
        _ type: KeyType, keyBytes: Int?, isConvergent: Bool, now: Timestamp
    ) throws(CryptoError) -> KeyVersion {
        var version = KeyVersion(
            created: now, hmacKey: Self.randomSecret(Limits.versionHMACKeyBytes),
            convergentVersion: isConvergent ? currentConvergentVersion : 0)
        if let pair = type.pair {
            try version.set(PrivateKey.generate(pair))
        } else {
            let size = type.cipher?.keyByteCount ?? keyBytes ?? Limits.hmacKeyBytes.lowerBound
            version.secret = Self.randomSecret(size)
        }
        return version
    }

    mutating func set(_ key: PrivateKey) throws(CryptoError) {
        publicKey = try key.publicKey().subjectPublicKeyInfo()
        if key.kind == .ed25519 {
            var bytes = try key.ed25519Seed().exposedBytes()
            bytes += try key.publicKey().ed25519Bytes()
            secret = SecretBytes(erasing: &bytes)
        } else {
            let encoded = try key.pkcs8()
            // Into memory of its own size: the original has a page to itself.
            secret = encoded.withUnsafeBytes { SecretBytes(copying: $0) }
        }
    }

    func privateKey(_ type: KeyType) throws(CryptoError) -> PrivateKey? {
        guard let secret else { return nil }
        return try secret.withUnsafeBytes { (bytes) throws(CryptoError) -> PrivateKey in
            if type == .ed25519 {
                let seed = UnsafeRawBufferPointer(rebasing: bytes.prefix(32))
                return try PrivateKey(ed25519Seed: seed)
            }
            return try PrivateKey(pkcs8: bytes)
        }
    }

    static func randomSecret(_ count: Int) -> SecretBytes {
        var bytes = SecureRandom.bytes(count)
        return SecretBytes(erasing: &bytes)
    }
}
