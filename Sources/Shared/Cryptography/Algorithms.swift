// The OpenSSL algorithms in use, fetched once: an implicit fetch costs more than a small operation.

import COpenSSL

enum Algorithms {
    // Fetched algorithms are immutable and reference counted by OpenSSL; they live as long as the
    // process.
    nonisolated(unsafe) static let aes256GCM: OpaquePointer? = EVP_CIPHER_fetch(
        nil, "AES-256-GCM", nil)
    nonisolated(unsafe) static let aes128GCM: OpaquePointer? = EVP_CIPHER_fetch(
        nil, "AES-128-GCM", nil)
    nonisolated(unsafe) static let chaCha20Poly1305: OpaquePointer? = EVP_CIPHER_fetch(
        nil, "ChaCha20-Poly1305", nil)
    nonisolated(unsafe) static let chaCha20: OpaquePointer? = EVP_CIPHER_fetch(
        nil, "ChaCha20", nil)
    nonisolated(unsafe) static let hkdf: OpaquePointer? = EVP_KDF_fetch(nil, "HKDF", nil)
    nonisolated(unsafe) static let sha256: OpaquePointer? = EVP_MD_fetch(nil, "SHA256", nil)
    nonisolated(unsafe) static let sha384: OpaquePointer? = EVP_MD_fetch(nil, "SHA384", nil)
    nonisolated(unsafe) static let sha512: OpaquePointer? = EVP_MD_fetch(nil, "SHA512", nil)
    nonisolated(unsafe) static let hmac: OpaquePointer? = EVP_MAC_fetch(nil, "HMAC", nil)
}

/// Ends the process when a primitive that cannot fail on a sound installation has failed.
///
/// `CryptographySelfTest` has proved every primitive at start, so this is a machine out of memory
/// or a damaged library. There is no safe answer to give: a digest, MAC or nonce that was not
/// computed must never be used as if it had been.
func primitiveFailed(_ name: StaticString) -> Never {
    ERR_clear_error()
    preconditionFailure("the cryptographic library failed in \(name)")
}
