// Encryption of one text: nonce, ciphertext and tag in a row, in Base64 behind the version.

import Cryptography
import PluginSDK

extension LoadedKey {
    /// Appends `vault:vN:…`.
    func encrypt(
        _ plaintext: UnsafeRawBufferPointer, _ input: CipherInput, version number: Int,
        _ scratch: Scratch, into output: inout [UInt8]
    ) throws {
        guard type.supportsEncryption else {
            throw PluginError(
                .invalidRequest, "message encryption not supported for key type \(type.name)")
        }
        let keys = try keys(number)
        VersionedText.append(number, to: &output)
        guard type.cipher != nil else {
            let sealed = try keys.encryptWithRSA(plaintext, input)
            return sealed.withUnsafeBytes { Base64.append($0, to: &output) }
        }
        try keys.requireNonce(input.nonce, ring)
        try count(keys)
        do {
            try keys.withCipher(ring, input.context) { (cipher, nonceKey) throws(CryptoError) in
                let nonceCount = cipher.algorithm.nonceByteCount
                let sealed = scratch.room(
                    nonceCount + plaintext.count + AEADAlgorithm.tagByteCount)
                let nonce = UnsafeMutableRawBufferPointer(rebasing: sealed[..<nonceCount])
                try keys.nonce(
                    for: plaintext, ring, given: input.nonce, nonceKey: nonceKey, into: nonce)
                try input.associatedData.withUnsafeBytesThrowing { aad throws(CryptoError) in
                    try cipher.seal(
                        plaintext, nonce: UnsafeRawBufferPointer(nonce), aad: aad,
                        to: UnsafeMutableRawBufferPointer(rebasing: sealed[nonceCount...]))
                }
                let start = keys.carriesNonce(ring) ? 0 : nonceCount
                Base64.append(
                    UnsafeRawBufferPointer(rebasing: sealed[start...]), to: &output)
            }
        } catch is CryptoError { throw PluginError.cryptographyFailed }
    }
}

extension VersionKeys {
    fileprivate func encryptWithRSA(
        _ plaintext: UnsafeRawBufferPointer, _ input: CipherInput
    ) throws -> [UInt8] {
        if input.nonce != nil {
            throw PluginError(.invalidRequest, "provided nonce not allowed for this key")
        }
        do { return try publicKey().encryptOAEP(plaintext, digest: .sha2With256Bits) } catch let
            error as CryptoError
        {
            guard error.code == .tooLarge else { throw PluginError.cryptographyFailed }
            throw PluginError(
                .invalidRequest,
                "the plaintext is too large for an RSA key of this size: encrypt a data key")
        }
    }
}

extension [UInt8] {
    /// `withUnsafeBytes` of the standard library forgets the error's type.
    func withUnsafeBytesThrowing<Value>(
        _ body: (UnsafeRawBufferPointer) throws(CryptoError) -> Value
    ) throws(CryptoError) -> Value {
        let result: Result<Value, CryptoError> = withUnsafeBytes { bytes in
            Result { () throws(CryptoError) in try body(bytes) }
        }
        return try result.get()
    }
}
