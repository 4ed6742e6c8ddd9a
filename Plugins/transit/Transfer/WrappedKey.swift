// How a key travels between systems: an AES key encrypted for the receiver's RSA key (OAEP), and
// behind it the key itself, wrapped with the AES key (RFC 5649), all in Base64.

import Cryptography
import PluginSDK

enum WrappedKey {
    static let digests: [(name: String, digest: Digest)] = [
        ("SHA1", .sha1), ("SHA224", .sha2With224Bits), ("SHA256", .sha2With256Bits),
        ("SHA384", .sha2With384Bits), ("SHA512", .sha2With512Bits),
    ]

    static func digest(_ name: String?) throws(PluginError) -> Digest {
        let name = (name ?? "").isEmpty ? "SHA256" : name ?? ""
        guard
            let known = digests.first(where: { $0.name.utf8.elementsEqual(name.uppercased().utf8) })
        else {
            throw PluginError(
                .invalidRequest,
                "unsupported hash_function: use SHA1, SHA224, SHA256, SHA384 or SHA512")
        }
        return known.digest
    }

    static func wrap(
        _ secret: SecretBytes, for receiver: PublicKey, _ digest: Digest
    ) throws(PluginError) -> String {
        do {
            let key = KeyVersion.randomSecret(32)
            let sealed = try key.withUnsafeBytes { try receiver.encryptOAEP($0, digest: digest) }
            let wrapped = try secret.withUnsafeBytes { try AESKeyWrap.wrap($0, under: key) }
            return Base64.encode(sealed + wrapped)
        } catch { throw .cryptographyFailed }
    }

    /// Whatever is wrong with it is said in one way.
    static func unwrap(
        _ text: String, with key: PrivateKey, _ digest: Digest
    ) throws(PluginError) -> SecretBytes {
        let failure = PluginError(
            .invalidRequest,
            "the ciphertext does not unwrap to a key: it is an AES-256 key "
                + "encrypted for this mount's wrapping key with RSA-OAEP, and behind it the key, "
                + "wrapped with that AES key (RFC 5649), in Base64")
        var text = text
        let decoded = text.withUTF8 { decodeBase64(UnsafeRawBufferPointer($0)) }
        guard let bytes = decoded, bytes.count > 512 else { throw failure }
        do {
            var wrapping = try bytes[..<512].withUnsafeBytes {
                try key.decryptOAEP($0, digest: digest)
            }
            let secret = SecretBytes(erasing: &wrapping)
            guard secret.count == 32 else { throw failure }
            return try bytes[512...].withUnsafeBytes { try AESKeyWrap.unwrap($0, under: secret) }
        } catch { throw failure }
    }
}
