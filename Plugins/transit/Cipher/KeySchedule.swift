// From a version and a context to what encrypts one message: the cipher, and where its nonce comes
// from. These rules are what makes ciphertexts interchangeable with Vault's.

import Cryptography
import PluginSDK

extension VersionKeys {
    /// Runs `body` with the cipher for this context, and the key that nonces are made with if they
    /// come out of the plaintext.
    func withCipher<Value>(
        _ ring: KeyRing, _ context: [UInt8]?,
        _ body: (AEADCipher, _ nonceKey: SecretBytes?) throws(CryptoError) -> Value
    ) throws -> Value {
        guard let algorithm = type.cipher else { throw PluginError.damagedKey }
        guard ring.isDerived else {
            return try symmetric().withCipher { (cipher) throws(CryptoError) -> Value in
                try body(cipher, nil)
            }
        }
        let keyCount = algorithm.keyByteCount
        let hasNonceKey = version.convergentVersion >= 3
        let derived = try derive(context, count: keyCount + (hasNonceKey ? 32 : 0))
        return try derived.withUnsafeBytes { bytes in
            let cipher = try AEADCipher(
                algorithm, key: UnsafeRawBufferPointer(rebasing: bytes[..<keyCount]))
            var nonceKey: SecretBytes?
            if hasNonceKey {
                nonceKey = SecretBytes(
                    copying: UnsafeRawBufferPointer(rebasing: bytes[keyCount...]))
            } else if version.convergentVersion == 2, let context {
                nonceKey = SecretBytes(context)
            }
            return try body(cipher, nonceKey)
        }
    }

    /// Whether the nonce stands in the ciphertext. The first convergent keys left it out: their
    /// callers had to bring it.
    func carriesNonce(_ ring: KeyRing) -> Bool {
        !ring.isConvergent || version.convergentVersion > 1
    }

    /// The nonce of a message to be encrypted. Only the first convergent keys take the caller's: to
    /// let anybody choose it gives the key away.
    func nonce(
        for plaintext: UnsafeRawBufferPointer, _ ring: KeyRing, given: [UInt8]?,
        nonceKey: SecretBytes?, into target: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        if let nonceKey {
            let code = try nonceKey.withUnsafeBytes { (key) throws(CryptoError) -> [UInt8] in
                try Digest.sha2With256Bits.authenticate(plaintext, key: key)
            }
            target.copyBytes(from: code.prefix(target.count))
        } else if ring.isConvergent, let given {
            target.copyBytes(from: given.prefix(target.count))
        } else {
            SecureRandom.fill(target)
        }
    }

    func requireNonce(
        _ nonce: [UInt8]?, _ ring: KeyRing
    ) throws(PluginError) {
        guard !carriesNonce(ring), let algorithm = type.cipher else {
            if nonce != nil {
                throw PluginError(.invalidRequest, "provided nonce not allowed for this key")
            }
            return
        }
        guard nonce?.count == algorithm.nonceByteCount else {
            throw PluginError(
                .invalidRequest,
                "base64-decoded nonce must be \(algorithm.nonceByteCount) bytes long when using "
                    + "convergent encryption with this key")
        }
    }
}
