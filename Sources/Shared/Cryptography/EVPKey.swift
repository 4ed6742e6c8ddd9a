// One of OpenSSL's keys with its kind. Only keys of a known kind and size become one.

import COpenSSL

/// Owns an `EVP_PKEY`.
package final class EVPKey: @unchecked Sendable {
    // Unchecked: the key is not changed after it is made, and OpenSSL counts references and caches
    // under locks of its own.
    package let pointer: OpaquePointer
    package let kind: KeyKind
    let digestContexts = DigestContexts()

    /// Takes the key over; frees it if it is refused.
    package init(owning pointer: OpaquePointer) throws(CryptoError) {
        guard let kind = Self.kind(of: pointer) else {
            EVP_PKEY_free(pointer)
            ERR_clear_error()
            throw CryptoError(
                .invalidKey, "the key is of a kind or size that is not supported")
        }
        self.pointer = pointer
        self.kind = kind
    }

    // Frees and cleanses private parts.
    deinit { EVP_PKEY_free(pointer) }

    static func generate(_ kind: KeyKind) throws(CryptoError) -> EVPKey {
        let name =
            switch kind {
            case .rsa: "RSA"
            case .ed25519: "ED25519"
            case .p224, .p256, .p384, .p521: "EC"
            }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, name, nil) else { throw libraryFailure }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_keygen_init(context) == 1 else { throw libraryFailure }
        if case .rsa(let bits) = kind {
            guard KeyKind.rsaBits.contains(bits) else {
                throw CryptoError(.invalidKey, "RSA keys have 2048 to 8192 bits")
            }
            guard EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits)) == 1 else {
                throw libraryFailure
            }
        }
        if let curve = kind.curve {
            guard EVP_PKEY_CTX_set_group_name(context, curve.openSSL) == 1 else {
                throw libraryFailure
            }
        }
        var key: OpaquePointer?
        guard EVP_PKEY_generate(context, &key) == 1, let key else { throw libraryFailure }
        return try EVPKey(owning: key)
    }

    private static func kind(of key: OpaquePointer) -> KeyKind? {
        switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA:
            let bits = Int(EVP_PKEY_get_bits(key))
            return KeyKind.rsaBits.contains(bits) && isSoundRSA(key) ? .rsa(bits: bits) : nil
        case EVP_PKEY_ED25519: return .ed25519
        case EVP_PKEY_EC:
            guard let name = groupName(of: key) else { return nil }
            return KeyKind.curves.first { $0.curve?.openSSL == name }
        default: return nil
        }
    }

    /// With an exponent of 1 a ciphertext is its plaintext, an even one or an even modulus cannot
    /// have a private key, and huge ones only cost time. OpenSSL reads them all.
    private static func isSoundRSA(_ key: OpaquePointer) -> Bool {
        var modulus: OpaquePointer?
        var exponent: OpaquePointer?
        defer {
            BN_free(modulus)
            BN_free(exponent)
        }
        guard EVP_PKEY_get_bn_param(key, "n", &modulus) == 1,
            EVP_PKEY_get_bn_param(key, "e", &exponent) == 1
        else { return false }
        return BN_is_odd(modulus) == 1 && BN_is_odd(exponent) == 1
            && BN_is_one(exponent) == 0 && BN_num_bits(exponent) <= 31
    }

    private static func groupName(of key: OpaquePointer) -> String? {
        var text = [CChar](repeating: 0, count: 64)
        var count = 0
        guard EVP_PKEY_get_group_name(key, &text, text.count, &count) == 1,
            (0..<text.count).contains(count)
        else { return nil }
        return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A number of the key, such as the modulus, with leading zeros up to `byteCount`, or without
    /// any.
    func number(_ name: String, byteCount: Int? = nil) throws(CryptoError) -> [UInt8] {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(pointer, name, &number) == 1, let number else {
            throw Self.libraryFailure
        }
        defer { BN_clear_free(number) }
        let size = byteCount ?? (Int(BN_num_bits(number)) + 7) / 8
        var bytes = [UInt8](repeating: 0, count: size)
        guard BN_bn2binpad(number, &bytes, Int32(size)) == Int32(size) else {
            throw Self.libraryFailure
        }
        return bytes
    }

    static var libraryFailure: CryptoError {
        ERR_clear_error()
        return CryptoError(.libraryFailure, "an operation with an asymmetric key failed")
    }
}
