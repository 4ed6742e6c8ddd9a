// A version of a key out of what somebody brought: the unwrapped key, or a public key alone.

import Clock
import Cryptography
import PluginSDK

extension KeyVersion {
    /// Symmetric keys are their bytes, key pairs PKCS #8.
    init(imported secret: SecretBytes, _ type: KeyType, now: Timestamp) throws(PluginError) {
        self.init(created: now, hmacKey: Self.randomSecret(Limits.versionHMACKeyBytes))
        guard let pair = type.pair else {
            let sizes = type.cipher.map { $0.keyByteCount...$0.keyByteCount } ?? Limits.hmacKeyBytes
            guard sizes.contains(secret.count) else {
                throw PluginError(
                    .invalidRequest,
                    "invalid key size \(secret.count) bytes for key type \(type.name)")
            }
            self.secret = secret
            return
        }
        do throws(CryptoError) {
            let key = try secret.withUnsafeBytes { (bytes) throws(CryptoError) -> PrivateKey in
                try PrivateKey(pkcs8: bytes)
            }
            guard key.kind == pair, key.isSound else {
                throw CryptoError(.invalidKey, "another kind of key, or none")
            }
            try set(key)
        } catch {
            throw PluginError(
                .invalidRequest, "the imported key is no PKCS #8 key of type \(type.name)")
        }
    }

    /// What encrypts and verifies, and neither decrypts nor signs.
    init(publicPEM text: String, _ type: KeyType, now: Timestamp) throws(PluginError) {
        self.init(created: now, hmacKey: Self.randomSecret(Limits.versionHMACKeyBytes))
        guard let pair = type.pair else {
            throw PluginError(
                .invalidRequest,
                "a key of type \(type.name) has no public key that could be imported")
        }
        let failure = PluginError(
            .invalidRequest, "public_key is no PEM public key of type \(type.name)")
        guard text.utf8.count <= Limits.maxPEMBytes, let blocks = PEM.decode(text),
            blocks.count == 1, blocks[0].label.utf8.elementsEqual("PUBLIC KEY".utf8)
        else { throw failure }
        do throws(CryptoError) {
            let key = try PublicKey(subjectPublicKeyInfo: blocks[0].der)
            guard key.kind == pair else { throw CryptoError(.invalidKey, "another kind of key") }
            publicKey = try key.subjectPublicKeyInfo()
        } catch { throw failure }
    }
}
