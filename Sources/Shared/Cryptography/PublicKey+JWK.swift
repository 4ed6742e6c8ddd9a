// Public keys as JSON Web Keys (RFC 7517, 7518, 8037).

import COpenSSL

extension PublicKey {
    /// The members that make the key, in the byte order of their names. All names and values are
    /// plain ASCII without anything that JSON escapes.
    public func jwkMembers() throws(CryptoError) -> [(name: String, value: String)] {
        switch kind {
        case .rsa:
            return [
                ("e", Base64.encodeURL(try key.number(OSSL_PKEY_PARAM_RSA_E))), ("kty", "RSA"),
                ("n", Base64.encodeURL(try key.number(OSSL_PKEY_PARAM_RSA_N))),
            ]
        case .p224:
            throw CryptoError(.unsuitableKey, "JSON Web Keys have no name for this curve")
        case .p256, .p384, .p521:
            let (width, curve) = (kind.fieldByteCount, kind.curve?.jose ?? "")
            let x = try key.number(OSSL_PKEY_PARAM_EC_PUB_X, byteCount: width)
            let y = try key.number(OSSL_PKEY_PARAM_EC_PUB_Y, byteCount: width)
            return [
                ("crv", curve), ("kty", "EC"), ("x", Base64.encodeURL(x)),
                ("y", Base64.encodeURL(y)),
            ]
        case .ed25519:
            var x = [UInt8](repeating: 0, count: 32)
            var size = x.count
            guard EVP_PKEY_get_raw_public_key(key.pointer, &x, &size) == 1, size == x.count else {
                throw EVPKey.libraryFailure
            }
            return [("crv", "Ed25519"), ("kty", "OKP"), ("x", Base64.encodeURL(x))]
        }
    }

    /// SHA-256 over the key's members (RFC 7638), in base64url.
    public func jwkThumbprint() throws(CryptoError) -> String {
        let members = try jwkMembers().map { "\"\($0.name)\":\"\($0.value)\"" }
        let text = "{" + members.joined(separator: ",") + "}"
        return Base64.encodeURL(SHA256.hash(Array(text.utf8)))
    }
}
