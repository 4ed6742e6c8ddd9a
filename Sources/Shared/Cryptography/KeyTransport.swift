// How a key travels between systems: an AES key that nobody keeps, encrypted for the receiver's RSA
// key (OAEP), and behind it the key itself, wrapped with the AES key (RFC 5649).

public enum KeyTransport {
    /// Bits of the AES key: 256.
    private static let wrappingKeyByteCount = 32

    public static func wrap(
        _ secret: UnsafeRawBufferPointer, for receiver: PublicKey, digest: Digest
    ) throws(CryptoError) -> [UInt8] {
        var bytes = SecureRandom.bytes(wrappingKeyByteCount)
        let key = SecretBytes(erasing: &bytes)
        let sealed = try key.withUnsafeBytes { (bytes) throws(CryptoError) -> [UInt8] in
            try receiver.encryptOAEP(bytes, digest: digest)
        }
        return sealed + (try AESKeyWrap.wrap(secret, under: key))
    }

    /// Every failure is the same one.
    public static func unwrap(
        _ wrapped: UnsafeRawBufferPointer, with receiver: PrivateKey, digest: Digest
    ) throws(CryptoError) -> SecretBytes {
        let failure = CryptoError(.authenticationFailed, "the wrapped key does not open")
        let sealedCount = receiver.modulusByteCount
        guard sealedCount > 0, wrapped.count > sealedCount else { throw failure }
        var bytes = try receiver.decryptOAEP(
            UnsafeRawBufferPointer(rebasing: wrapped[..<sealedCount]), digest: digest)
        let key = SecretBytes(erasing: &bytes)
        guard key.count == wrappingKeyByteCount else { throw failure }
        return try AESKeyWrap.unwrap(
            UnsafeRawBufferPointer(rebasing: wrapped[sealedCount...]), under: key)
    }
}
