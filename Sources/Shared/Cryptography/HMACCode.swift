// HMAC over any digest, for keys and digests that are chosen with each request.

import COpenSSL

extension Digest {
    /// The code of a message under a key.
    public func authenticate(
        _ message: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer
    ) throws(CryptoError) -> [UInt8] {
        guard let context = EVP_MAC_CTX_new(Algorithms.hmac) else { throw Self.hmacFailure }
        defer { EVP_MAC_CTX_free(context) }
        var name = Array(openSSLName.utf8CString)
        // A null key means "no new key" to OpenSSL, so an empty one needs an address.
        var none: UInt8 = 0
        let isKeyed = name.withUnsafeMutableBufferPointer { name in
            withUnsafePointer(to: &none) { none in
                var parameters = [
                    OSSL_PARAM_construct_utf8_string(
                        ParameterName.digest.cString, name.baseAddress, 0),
                    OSSL_PARAM_construct_end(),
                ]
                let bytes = key.bindMemory(to: UInt8.self).baseAddress ?? none
                return EVP_MAC_init(context, bytes, key.count, &parameters) == 1
            }
        }
        var code = [UInt8](repeating: 0, count: byteCount)
        var count = 0
        let text = message.bindMemory(to: UInt8.self).baseAddress
        guard isKeyed, message.isEmpty || EVP_MAC_update(context, text, message.count) == 1,
            EVP_MAC_final(context, &code, &count, code.count) == 1, count == byteCount
        else { throw Self.hmacFailure }
        return code
    }

    private static var hmacFailure: CryptoError {
        ERR_clear_error()
        return CryptoError(.libraryFailure, "the code could not be computed")
    }
}
