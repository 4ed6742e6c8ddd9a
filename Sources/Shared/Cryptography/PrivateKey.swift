// Private keys: made, stored, and used to sign.

import COpenSSL

/// A key pair. Its private part shows itself only as PKCS #8, for storage behind the barrier.
public final class PrivateKey: Sendable {
    package let key: EVPKey

    public var kind: KeyKind { key.kind }

    package init(_ key: EVPKey) { self.key = key }

    /// A new key. An RSA key takes a tenth of a second and more, so never on an event loop.
    public static func generate(_ kind: KeyKind) throws(CryptoError) -> PrivateKey {
        PrivateKey(try EVPKey.generate(kind))
    }

    /// Reads an unencrypted PKCS #8 structure and nothing after it.
    public convenience init(pkcs8 bytes: UnsafeRawBufferPointer) throws(CryptoError) {
        var place = bytes.bindMemory(to: UInt8.self).baseAddress
        let start = place
        guard let info = d2i_PKCS8_PRIV_KEY_INFO(nil, &place, bytes.count) else {
            throw Self.unreadable
        }
        defer { PKCS8_PRIV_KEY_INFO_free(info) }
        guard let start, let place, place - start == bytes.count, let key = EVP_PKCS82PKEY(info)
        else { throw Self.unreadable }
        self.init(try EVPKey(owning: key))
    }

    /// Whether the numbers of the key belong together, public part included: what a stranger
    /// brought may encrypt what nobody can open. RSA's primes are tested, which takes up to a
    /// second, so never on an event loop.
    public var isSound: Bool {
        defer { ERR_clear_error() }
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, key.pointer, nil) else { return false }
        defer { EVP_PKEY_CTX_free(context) }
        return EVP_PKEY_check(context) == 1
    }

    public convenience init(pkcs8 secret: SecretBytes) throws(CryptoError) {
        let key = try secret.withUnsafeBytes { (bytes) throws(CryptoError) -> PrivateKey in
            try PrivateKey(pkcs8: bytes)
        }
        self.init(key.key)
    }

    private static var unreadable: CryptoError {
        ERR_clear_error()
        return CryptoError(.invalidKey, "the bytes are no PKCS #8 private key")
    }

    /// The key as PKCS #8 in DER, written straight into memory that erases itself.
    public func pkcs8() throws(CryptoError) -> SecretBytes {
        guard let info = EVP_PKEY2PKCS8(key.pointer) else { throw EVPKey.libraryFailure }
        defer { PKCS8_PRIV_KEY_INFO_free(info) }
        let size = Int(i2d_PKCS8_PRIV_KEY_INFO(info, nil))
        guard size > 0 else { throw EVPKey.libraryFailure }
        return try SecretBytes(count: size) { (buffer) throws(CryptoError) -> Void in
            var place = buffer.bindMemory(to: UInt8.self).baseAddress
            guard Int(i2d_PKCS8_PRIV_KEY_INFO(info, &place)) == size else {
                throw EVPKey.libraryFailure
            }
        }
    }

    /// The public part, as a value without the private one.
    public func publicKey() throws(CryptoError) -> PublicKey {
        try PublicKey(subjectPublicKeyInfo: PublicKey.encode(key))
    }

    /// Signs a message. Safe from any number of threads at once.
    public func sign(_ message: [UInt8], _ scheme: SignatureScheme) throws(CryptoError) -> [UInt8] {
        let operation = try SignatureOperation(key, scheme, isSigning: true)
        var size = 0
        guard EVP_DigestSign(operation.context, nil, &size, message, message.count) == 1, size > 0
        else { throw EVPKey.libraryFailure }
        var signature = [UInt8](repeating: 0, count: size)
        guard EVP_DigestSign(operation.context, &signature, &size, message, message.count) == 1,
            size <= signature.count
        else { throw EVPKey.libraryFailure }
        signature.removeLast(signature.count - size)
        if case .ecdsaRaw = scheme, let width = kind.fieldByteCount {
            return try ECDSASignature.raw(der: signature, fieldByteCount: width)
        }
        return signature
    }
}
