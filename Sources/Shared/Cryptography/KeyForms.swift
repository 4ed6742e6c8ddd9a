// Keys in the other forms that people hand them around in: Ed25519's raw bytes, PKCS #1 and SEC 1.

import COpenSSL

extension PrivateKey {
    /// Ed25519 by its 32 secret bytes.
    public convenience init(ed25519Seed seed: UnsafeRawBufferPointer) throws(CryptoError) {
        guard seed.count == 32,
            let key = EVP_PKEY_new_raw_private_key(
                EVP_PKEY_ED25519, nil, seed.bindMemory(to: UInt8.self).baseAddress, seed.count)
        else {
            ERR_clear_error()
            throw CryptoError(.invalidKey, "an Ed25519 key has 32 bytes")
        }
        self.init(try EVPKey(owning: key))
    }

    /// The 32 secret bytes of an Ed25519 key.
    public func ed25519Seed() throws(CryptoError) -> SecretBytes {
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = bytes.count
        guard kind == .ed25519, EVP_PKEY_get_raw_private_key(key.pointer, &bytes, &count) == 1,
            count == 32
        else { throw EVPKey.libraryFailure }
        return SecretBytes(erasing: &bytes)
    }

    /// PKCS #1 of an RSA key, SEC 1 of one on a NIST curve.
    public func traditionalDER() throws(CryptoError) -> SecretBytes {
        let size = Int(i2d_PrivateKey(key.pointer, nil))
        guard size > 0, kind != .ed25519 else { throw EVPKey.libraryFailure }
        var bytes = [UInt8](repeating: 0, count: size)
        let written = bytes.withUnsafeMutableBufferPointer { buffer in
            var place = buffer.baseAddress
            return Int(i2d_PrivateKey(key.pointer, &place))
        }
        guard written == size else {
            zero(&bytes)
            throw EVPKey.libraryFailure
        }
        return SecretBytes(erasing: &bytes)
    }

    /// What both sides of an ECDH exchange know afterwards: the shared point's x coordinate.
    public func sharedSecret(with peer: PublicKey) throws(CryptoError) -> SecretBytes {
        guard kind.curve != nil, kind == peer.kind,
            let context = EVP_PKEY_CTX_new_from_pkey(nil, key.pointer, nil)
        else { throw CryptoError(.unsuitableKey, "both keys must be on one NIST curve") }
        defer { EVP_PKEY_CTX_free(context) }
        var bytes = [UInt8](repeating: 0, count: 66)
        var count = bytes.count
        guard EVP_PKEY_derive_init(context) == 1,
            EVP_PKEY_derive_set_peer(context, peer.key.pointer) == 1,
            EVP_PKEY_derive(context, &bytes, &count) == 1, count <= bytes.count
        else {
            zero(&bytes)
            throw EVPKey.libraryFailure
        }
        defer { zero(&bytes) }
        return bytes.withUnsafeBytes {
            SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0[..<count]))
        }
    }
}

extension PublicKey {
    /// A point of a NIST curve, uncompressed (SEC 1, 2.3.3). One that is not on the curve is
    /// refused.
    public convenience init(point: [UInt8], on kind: KeyKind) throws(CryptoError) {
        guard let curve = kind.curve, let width = kind.fieldByteCount,
            point.count == 1 + 2 * width, point.first == 4,
            let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil)
        else { throw Self.noPoint }
        defer { EVP_PKEY_CTX_free(context) }
        var (point, name) = (point, Array(curve.openSSL.utf8CString))
        var made: OpaquePointer?
        let isMade = point.withUnsafeMutableBytes { point in
            name.withUnsafeMutableBufferPointer { name in
                var parameters = [
                    OSSL_PARAM_construct_utf8_string(
                        ParameterName.group.cString, name.baseAddress, 0),
                    OSSL_PARAM_construct_octet_string(
                        ParameterName.point.cString, point.baseAddress, point.count),
                    OSSL_PARAM_construct_end(),
                ]
                return EVP_PKEY_fromdata_init(context) == 1
                    && EVP_PKEY_fromdata(
                        context, &made, coffer_public_key_selection, &parameters) == 1
            }
        }
        guard isMade, let made else { throw Self.noPoint }
        self.init(try EVPKey(owning: made))
    }

    private static var noPoint: CryptoError {
        ERR_clear_error()
        return CryptoError(.invalidKey, "the bytes are no point of the curve")
    }

    /// Ed25519 by its 32 bytes.
    public convenience init(ed25519 bytes: [UInt8]) throws(CryptoError) {
        guard bytes.count == 32,
            let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)
        else {
            ERR_clear_error()
            throw CryptoError(.invalidKey, "an Ed25519 public key has 32 bytes")
        }
        self.init(try EVPKey(owning: key))
    }

    /// The 32 bytes of an Ed25519 key.
    public func ed25519Bytes() throws(CryptoError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = bytes.count
        guard kind == .ed25519, EVP_PKEY_get_raw_public_key(key.pointer, &bytes, &count) == 1,
            count == 32
        else { throw EVPKey.libraryFailure }
        return bytes
    }
}
