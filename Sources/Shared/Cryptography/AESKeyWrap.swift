// AES key wrap with padding (RFC 5649, NIST SP 800-38F KWP), by which keys are handed from one
// system to another.

import COpenSSL

public enum AESKeyWrap {
    public static func wrap(
        _ secret: UnsafeRawBufferPointer, under key: SecretBytes
    ) throws(CryptoError) -> [UInt8] {
        guard secret.count > 0 else { throw failure }
        return try run(secret, key, encrypt: 1, room: (secret.count + 7) / 8 * 8 + 8)
    }

    /// Fails on anything that was not wrapped under this key, without a word on what was wrong.
    public static func unwrap(
        _ wrapped: UnsafeRawBufferPointer, under key: SecretBytes
    ) throws(CryptoError) -> SecretBytes {
        guard wrapped.count >= 16, wrapped.count % 8 == 0 else { throw failure }
        var bytes = try run(wrapped, key, encrypt: 0, room: wrapped.count + 16)
        return SecretBytes(erasing: &bytes)
    }

    private static func run(
        _ input: UnsafeRawBufferPointer, _ key: SecretBytes, encrypt: Int32, room: Int
    ) throws(CryptoError) -> [UInt8] {
        let name: String? =
            switch key.count {
            case 16: "AES-128-WRAP-PAD"
            case 24: "AES-192-WRAP-PAD"
            case 32: "AES-256-WRAP-PAD"
            default: nil
            }
        guard let name, input.count <= AEADCipher.maxByteCount else { throw failure }
        guard let cipher = EVP_CIPHER_fetch(nil, name, nil) else { throw failure }
        defer { EVP_CIPHER_free(cipher) }
        guard let context = EVP_CIPHER_CTX_new() else { throw failure }
        defer { EVP_CIPHER_CTX_free(context) }
        EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW)
        let isReady = key.withUnsafeBytes {
            let bytes = $0.bindMemory(to: UInt8.self).baseAddress
            return EVP_CipherInit_ex2(context, cipher, bytes, nil, encrypt, nil) == 1
        }
        var output = [UInt8](repeating: 0, count: room)
        var count: Int32 = 0
        let text = input.bindMemory(to: UInt8.self).baseAddress
        guard isReady,
            EVP_CipherUpdate(context, &output, &count, text, Int32(input.count)) == 1,
            (0...Int32(room)).contains(count)
        else {
            zero(&output)
            throw failure
        }
        let used = Int(count)
        if used < output.count {
            // What stands behind the key may be a rest of it.
            output.withUnsafeMutableBytes {
                zero(UnsafeMutableRawBufferPointer(rebasing: $0[used...]))
            }
            output.removeLast(output.count - used)
        }
        return output
    }

    private static var failure: CryptoError {
        ERR_clear_error()
        return CryptoError(.authenticationFailed, "the wrapped key does not open")
    }
}
