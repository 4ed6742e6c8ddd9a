// AES-256-GCM with a key schedule that is computed once.

import COpenSSL

/// A keyed pair of reusable contexts; per operation only the nonce is set, which is three times as
/// fast as a new context. Not Sendable: one thread at a time.
public final class AES256GCM {
    public static let keyByteCount = 32
    public static let nonceByteCount = 12
    public static let tagByteCount = 16
    /// OpenSSL counts in `Int32`.
    static let maxByteCount = Int(Int32.max) - 64

    private let sealing: OpaquePointer
    private let opening: OpaquePointer

    public convenience init(key: SecretBytes) throws(CryptoError) {
        guard key.count == Self.keyByteCount else {
            throw CryptoError(.invalidKeyLength, "an AES-256 key has 32 bytes")
        }
        guard let sealing = key.withUnsafeBytes({ Self.context(key: $0, encrypt: true) }) else {
            throw Self.libraryFailure
        }
        guard let opening = key.withUnsafeBytes({ Self.context(key: $0, encrypt: false) }) else {
            EVP_CIPHER_CTX_free(sealing)
            throw Self.libraryFailure
        }
        self.init(sealing: sealing, opening: opening)
    }

    private init(sealing: OpaquePointer, opening: OpaquePointer) {
        self.sealing = sealing
        self.opening = opening
    }

    deinit {
        // Frees and cleanses the key schedules.
        EVP_CIPHER_CTX_free(sealing)
        EVP_CIPHER_CTX_free(opening)
    }

    private static func context(key: UnsafeRawBufferPointer, encrypt: Bool) -> OpaquePointer? {
        guard let cipher = Algorithms.aes256GCM, let context = EVP_CIPHER_CTX_new() else {
            return nil
        }
        let bytes = key.bindMemory(to: UInt8.self).baseAddress
        guard EVP_CipherInit_ex2(context, cipher, bytes, nil, encrypt ? 1 : 0, nil) == 1 else {
            EVP_CIPHER_CTX_free(context)
            ERR_clear_error()
            return nil
        }
        return context
    }

    private static var libraryFailure: CryptoError {
        ERR_clear_error()
        return CryptoError(.libraryFailure, "AES-256-GCM is not available or failed")
    }

    /// Appends ciphertext and tag to `output`. The nonce must never repeat under one key.
    public func seal(
        _ plaintext: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer,
        aad: UnsafeRawBufferPointer, into output: inout [UInt8]
    ) throws(CryptoError) {
        let start = output.count
        let sealedCount = plaintext.count + Self.tagByteCount
        output.append(contentsOf: repeatElement(0, count: sealedCount))
        let result: Result<Void, CryptoError> = output.withUnsafeMutableBytes { all in
            let target = UnsafeMutableRawBufferPointer(rebasing: all[start...])
            return Result { () throws(CryptoError) in
                try seal(plaintext, nonce: nonce, aad: aad, to: target)
            }
        }
        if case .failure = result { output.removeLast(sealedCount) }
        try result.get()
    }

    /// Writes ciphertext and tag to `target`, which has exactly room for both.
    public func seal(
        _ plaintext: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer,
        aad: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        try start(sealing, nonce: nonce, aad: aad, textCount: plaintext.count)
        guard target.count == plaintext.count + Self.tagByteCount,
            let out = target.bindMemory(to: UInt8.self).baseAddress
        else { throw CryptoError(.tooLarge, "the output buffer has the wrong size") }
        var written: Int32 = 0
        if plaintext.count > 0 {
            let text = plaintext.bindMemory(to: UInt8.self).baseAddress
            guard EVP_EncryptUpdate(sealing, out, &written, text, Int32(plaintext.count)) == 1
            else { throw Self.libraryFailure }
        }
        let tag = out + plaintext.count
        guard EVP_EncryptFinal_ex(sealing, tag, &written) == 1,
            EVP_CIPHER_CTX_ctrl(sealing, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagByteCount), tag) == 1
        else { throw Self.libraryFailure }
    }

    /// The plaintext of ciphertext followed by its tag. Unauthenticated plaintext never leaves.
    public func open(
        _ sealed: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer,
        aad: UnsafeRawBufferPointer
    ) throws(CryptoError) -> [UInt8] {
        let textCount = sealed.count - Self.tagByteCount
        guard textCount >= 0 else {
            throw CryptoError(.truncated, "a sealed value is shorter than its tag")
        }
        var failure: CryptoError?
        let plaintext = [UInt8](unsafeUninitializedCapacity: textCount) { buffer, filled in
            do throws(CryptoError) {
                let target = UnsafeMutableRawBufferPointer(
                    start: buffer.baseAddress, count: textCount)
                try open(sealed, nonce: nonce, aad: aad, to: target)
                filled = textCount
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return plaintext
    }

    /// As above, into memory of the caller that has exactly room for the plaintext; it is wiped if
    /// the tag does not match.
    public func open(
        _ sealed: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer,
        aad: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        let textCount = sealed.count - Self.tagByteCount
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
        var rest: (UInt64, UInt64) = (0, 0)
        let isAuthentic =
            EVP_CIPHER_CTX_ctrl(opening, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagByteCount), tag) == 1
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
        guard nonce.count == Self.nonceByteCount,
            let iv = nonce.bindMemory(to: UInt8.self).baseAddress
        else { throw CryptoError(.invalidNonceLength, "an AES-GCM nonce has 12 bytes") }
        guard textCount <= Self.maxByteCount, aad.count <= Self.maxByteCount else {
            throw CryptoError(.tooLarge, "the value is too large for one AES-GCM operation")
        }
        // -1 keeps the direction; nil cipher and key keep the schedule.
        guard EVP_CipherInit_ex2(context, nil, nil, iv, -1, nil) == 1 else {
            throw Self.libraryFailure
        }
        guard aad.count > 0 else { return }
        var written: Int32 = 0
        let data = aad.bindMemory(to: UInt8.self).baseAddress
        guard EVP_CipherUpdate(context, nil, &written, data, Int32(aad.count)) == 1 else {
            throw Self.libraryFailure
        }
    }
}
