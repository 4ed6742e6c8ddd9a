// RSA encryption with OAEP. PKCS #1 v1.5 padding is not offered: whoever can tell its errors apart,
// by text or by time, can decrypt.

import COpenSSL

extension PublicKey {
    public func encryptOAEP(
        _ plaintext: UnsafeRawBufferPointer, digest: Digest
    ) throws(CryptoError) -> [UInt8] {
        let room = Int(EVP_PKEY_get_size(key.pointer)) - 2 * digest.byteCount - 2
        guard kind.isRSA, plaintext.count <= room else {
            throw CryptoError(.tooLarge, "the value is too large for the RSA key")
        }
        return try OAEP.run(key, digest, plaintext, EVP_PKEY_encrypt_init, EVP_PKEY_encrypt)
    }
}

extension PrivateKey {
    /// Of an RSA key how long what it decrypts is, of another 0.
    public var modulusByteCount: Int {
        kind.isRSA ? Int(EVP_PKEY_get_size(key.pointer)) : 0
    }

    /// Every failure is the same one.
    public func decryptOAEP(
        _ ciphertext: UnsafeRawBufferPointer, digest: Digest
    ) throws(CryptoError) -> [UInt8] {
        guard kind.isRSA else { throw OAEP.failure }
        return try OAEP.run(key, digest, ciphertext, EVP_PKEY_decrypt_init, EVP_PKEY_decrypt)
    }
}

private enum OAEP {
    typealias Start = (OpaquePointer?) -> Int32
    typealias Crypt = (
        OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>?,
        UnsafePointer<UInt8>?, Int
    ) -> Int32

    static func run(
        _ key: EVPKey, _ digest: Digest, _ input: UnsafeRawBufferPointer, _ start: Start,
        _ crypt: Crypt
    ) throws(CryptoError) -> [UInt8] {
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, key.pointer, nil) else { throw failure }
        defer { EVP_PKEY_CTX_free(context) }
        let algorithm = try digest.fetched()
        var none: UInt8 = 0
        var output = [UInt8](repeating: 0, count: Int(EVP_PKEY_get_size(key.pointer)))
        var count = output.count
        let isDone = withUnsafePointer(to: &none) { none in
            let bytes = input.bindMemory(to: UInt8.self).baseAddress ?? none
            return start(context) == 1
                && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1
                && EVP_PKEY_CTX_set_rsa_oaep_md(context, algorithm) == 1
                && EVP_PKEY_CTX_set_rsa_mgf1_md(context, algorithm) == 1
                && crypt(context, &output, &count, bytes, input.count) == 1
        }
        guard isDone, count <= output.count else {
            zero(&output)
            throw failure
        }
        output.removeLast(output.count - count)
        return output
    }

    static var failure: CryptoError {
        ERR_clear_error()
        return CryptoError(.authenticationFailed, "the RSA operation failed")
    }
}
