// Public keys: read, written, and used to check signatures.

import COpenSSL

public final class PublicKey: Sendable {
    package let key: EVPKey

    public var kind: KeyKind { key.kind }

    package init(_ key: EVPKey) { self.key = key }

    /// Reads an X.509 SubjectPublicKeyInfo in DER and nothing after it.
    public init(subjectPublicKeyInfo bytes: [UInt8]) throws(CryptoError) {
        let key = bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var place = buffer.baseAddress
            guard let key = d2i_PUBKEY(nil, &place, buffer.count) else { return nil }
            guard let start = buffer.baseAddress, place == start + buffer.count else {
                EVP_PKEY_free(key)
                return nil
            }
            return key
        }
        guard let key else {
            ERR_clear_error()
            throw CryptoError(.invalidKey, "the bytes are no public key")
        }
        self.key = try EVPKey(owning: key)
    }

    /// X.509 SubjectPublicKeyInfo in DER.
    public func subjectPublicKeyInfo() throws(CryptoError) -> [UInt8] { try Self.encode(key) }

    static func encode(_ key: EVPKey) throws(CryptoError) -> [UInt8] {
        let size = Int(i2d_PUBKEY(key.pointer, nil))
        guard size > 0 else { throw EVPKey.libraryFailure }
        var bytes = [UInt8](repeating: 0, count: size)
        let written = bytes.withUnsafeMutableBufferPointer { buffer in
            var place = buffer.baseAddress
            return Int(i2d_PUBKEY(key.pointer, &place))
        }
        guard written == size else { throw EVPKey.libraryFailure }
        return bytes
    }

    /// Whether the signature is this key's over the message. A signature of the wrong form is just
    /// a wrong one; only a scheme that is not for this key, or a broken library, is an error.
    public func verify(
        _ signature: [UInt8], of message: [UInt8], _ scheme: SignatureScheme
    ) throws(CryptoError) -> Bool {
        var signature = signature
        let operation = try SignatureOperation(key, scheme, isSigning: false)
        if case .ecdsaRaw = scheme, let width = kind.fieldByteCount {
            guard let der = ECDSASignature.der(raw: signature, fieldByteCount: width) else {
                return false
            }
            signature = der
        }
        let status = EVP_DigestVerify(
            operation.context, signature, signature.count, message, message.count)
        ERR_clear_error()
        return status == 1
    }
}
