// HKDF (RFC 5869) with SHA-256 and no salt.

import COpenSSL

public enum HKDFSHA256 {
    /// The first `count` bytes that belong to `info` under the secret.
    public static func derive(
        _ secret: UnsafeRawBufferPointer, info: UnsafeRawBufferPointer, count: Int
    ) throws(CryptoError) -> SecretBytes {
        guard let context = EVP_KDF_CTX_new(Algorithms.hkdf) else { throw failure }
        defer { EVP_KDF_CTX_free(context) }
        var digest = Array("SHA256".utf8CString)
        var output = [UInt8](repeating: 0, count: count)
        let status = digest.withUnsafeMutableBufferPointer { digest in
            var parameters = [
                OSSL_PARAM_construct_utf8_string(
                    ParameterName.digest.cString, digest.baseAddress, 0),
                OSSL_PARAM_construct_octet_string(
                    ParameterName.key.cString,
                    UnsafeMutableRawPointer(mutating: secret.baseAddress),
                    secret.count),
                OSSL_PARAM_construct_octet_string(
                    ParameterName.info.cString,
                    UnsafeMutableRawPointer(mutating: info.baseAddress),
                    info.count),
                OSSL_PARAM_construct_end(),
            ]
            return EVP_KDF_derive(context, &output, output.count, &parameters)
        }
        guard status == 1 else {
            zero(&output)
            throw failure
        }
        return SecretBytes(erasing: &output)
    }

    private static var failure: CryptoError {
        ERR_clear_error()
        return CryptoError(.libraryFailure, "a key could not be derived")
    }
}
