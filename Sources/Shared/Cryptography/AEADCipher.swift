// One of the authenticated ciphers under one key, with contexts that are made once and reused.

import COpenSSL

/// Not Sendable: one thread at a time. `AEADKey` hands ciphers to threads.
public final class AEADCipher {
    /// OpenSSL counts in `Int32`.
    static let maxByteCount = Int(Int32.max) - 64

    public let algorithm: AEADAlgorithm
    private let sealing: OpaquePointer
    private let opening: OpaquePointer
    /// Makes the key of each message; only for the extended nonce.
    private let subkeys: HChaCha20?

    public init(
        _ algorithm: AEADAlgorithm, key: UnsafeRawBufferPointer
    ) throws(CryptoError) {
        guard key.count == algorithm.keyByteCount else {
            throw CryptoError(.invalidKeyLength, "the key has the wrong size for its cipher")
        }
        let isExtended = algorithm == .xChaCha20Poly1305
        subkeys = isExtended ? try HChaCha20(key: key) : nil
        let initial = isExtended ? nil : key.bindMemory(to: UInt8.self).baseAddress
        guard let sealing = Self.context(algorithm, initial, encrypt: 1) else {
            throw Self.libraryFailure
        }
        guard let opening = Self.context(algorithm, initial, encrypt: 0) else {
            EVP_CIPHER_CTX_free(sealing)
            throw Self.libraryFailure
        }
        self.algorithm = algorithm
        self.sealing = sealing
        self.opening = opening
    }

    deinit {
        // Frees and cleanses the key schedules.
        EVP_CIPHER_CTX_free(sealing)
        EVP_CIPHER_CTX_free(opening)
    }

    private static func context(
        _ algorithm: AEADAlgorithm, _ key: UnsafePointer<UInt8>?, encrypt: Int32
    ) -> OpaquePointer? {
        guard let cipher = algorithm.fetched, let context = EVP_CIPHER_CTX_new() else {
            return nil
        }
        guard EVP_CipherInit_ex2(context, cipher, key, nil, encrypt, nil) == 1 else {
            EVP_CIPHER_CTX_free(context)
            ERR_clear_error()
            return nil
        }
        return context
    }

    private static var libraryFailure: CryptoError {
        ERR_clear_error()
        return CryptoError(.libraryFailure, "an authenticated cipher is not available or failed")
    }

    /// Writes ciphertext and tag to `target`, which has exactly room for both. A nonce must never
    /// repeat under one key, but for a plaintext that is the same.
    public func seal(
        _ plaintext: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer,
        aad: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        guard target.count == plaintext.count + AEADAlgorithm.tagByteCount,
            let out = target.bindMemory(to: UInt8.self).baseAddress
        else { throw CryptoError(.tooLarge, "the output buffer has the wrong size") }
        try start(sealing, nonce: nonce, aad: aad, textCount: plaintext.count)
        var written: Int32 = 0
        if plaintext.count > 0 {
            let text = plaintext.bindMemory(to: UInt8.self).baseAddress
            guard EVP_EncryptUpdate(sealing, out, &written, text, Int32(plaintext.count)) == 1
            else { throw Self.libraryFailure }
        }
        let tag = out + plaintext.count
        let tagCount = Int32(AEADAlgorithm.tagByteCount)
        guard EVP_EncryptFinal_ex(sealing, tag, &written) == 1,
            EVP_CIPHER_CTX_ctrl(sealing, EVP_CTRL_AEAD_GET_TAG, tagCount, tag) == 1
        else { throw Self.libraryFailure }
    }

    /// The plaintext of ciphertext followed by its tag, into memory that has exactly room for it;
    /// the memory is wiped if the tag does not match.
    public func open(
        _ sealed: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer,
        aad: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        let textCount = sealed.count - AEADAlgorithm.tagByteCount
        guard textCount >= 0, let input = sealed.bindMemory(to: UInt8.self).baseAddress else {
            throw CryptoError(.truncated, "a sealed value is shorter than its tag")
        }
        guard target.count == textCount else {
            throw CryptoError(.tooLarge, "the output buffer has the wrong size")
        }
        try start(opening, nonce: nonce, aad: aad, textCount: textCount)
        var written: Int32 = 0
        if textCount > 0 {
            let out = target.bindMemory(to: UInt8.self).baseAddress
            guard EVP_DecryptUpdate(opening, out, &written, input, Int32(textCount)) == 1 else {
                zero(target)
                throw Self.libraryFailure
            }
        }
        // OpenSSL takes the expected tag as a mutable pointer and only reads it.
        let tag = UnsafeMutableRawPointer(mutating: input + textCount)
        let tagCount = Int32(AEADAlgorithm.tagByteCount)
        var rest: (UInt64, UInt64) = (0, 0)
        let isAuthentic =
            EVP_CIPHER_CTX_ctrl(opening, EVP_CTRL_AEAD_SET_TAG, tagCount, tag) == 1
            && withUnsafeMutableBytes(of: &rest) { bytes in
                EVP_DecryptFinal_ex(
                    opening, bytes.bindMemory(to: UInt8.self).baseAddress, &written) == 1
            }
        guard isAuthentic else {
            zero(target)
            ERR_clear_error()
            throw CryptoError(.authenticationFailed, "a sealed value does not authenticate")
        }
    }

    private func start(
        _ context: OpaquePointer, nonce: UnsafeRawBufferPointer, aad: UnsafeRawBufferPointer,
        textCount: Int
    ) throws(CryptoError) {
        guard nonce.count == algorithm.nonceByteCount else {
            throw CryptoError(.invalidNonceLength, "the nonce has the wrong size for its cipher")
        }
        guard textCount <= Self.maxByteCount, aad.count <= Self.maxByteCount else {
            throw CryptoError(.tooLarge, "the value is too large for one operation of a cipher")
        }
        try setNonce(context, nonce)
        guard aad.count > 0 else { return }
        var written: Int32 = 0
        let data = aad.bindMemory(to: UInt8.self).baseAddress
        guard EVP_CipherUpdate(context, nil, &written, data, Int32(aad.count)) == 1 else {
            throw Self.libraryFailure
        }
    }

    /// -1 keeps the direction; nil cipher and key keep the schedule.
    private func setNonce(
        _ context: OpaquePointer, _ nonce: UnsafeRawBufferPointer
    ) throws(CryptoError) {
        guard let subkeys else {
            let iv = nonce.bindMemory(to: UInt8.self).baseAddress
            guard EVP_CipherInit_ex2(context, nil, nil, iv, -1, nil) == 1 else {
                throw Self.libraryFailure
            }
            return
        }
        var subkey = try subkeys.subkey(UnsafeRawBufferPointer(rebasing: nonce[..<16]))
        defer { zero(&subkey) }
        var rest = [UInt8](repeating: 0, count: 4)
        rest.append(contentsOf: nonce[16...])
        guard EVP_CipherInit_ex2(context, nil, subkey, rest, -1, nil) == 1 else {
            throw Self.libraryFailure
        }
    }
}
