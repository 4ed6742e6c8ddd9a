// A key on its way between systems, as text: what `KeyTransport` makes of it, in Base64.

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
            return Base64.encode(
                try secret.withUnsafeBytes {
                    try KeyTransport.wrap($0, for: receiver, digest: digest)
                })
        } catch { throw .cryptographyFailed }
    }

    /// Whatever is wrong with it is said in one way.
    static func unwrap(
        _ text: String, with key: PrivateKey, _ digest: Digest
    ) throws(PluginError) -> SecretBytes {
        var text = text
        let decoded = text.withUTF8 { decodeBase64(UnsafeRawBufferPointer($0)) }
        do {
            return try (decoded ?? []).withUnsafeBytes {
                try KeyTransport.unwrap($0, with: key, digest: digest)
            }
        } catch {
            throw PluginError(
                .invalidRequest,
                "the ciphertext does not unwrap to a key: it is an AES-256 key encrypted for this "
                    + "mount's wrapping key with RSA-OAEP, and behind it the key, wrapped with "
                    + "that AES key (RFC 5649), in Base64")
        }
    }
}
