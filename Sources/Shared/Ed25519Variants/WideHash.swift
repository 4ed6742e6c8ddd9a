// SHA-512 over several pieces, as a number below the group's order.

import CSodium
import Cryptography

enum WideHash {
    /// Bytes of a digest, and of a number that is reduced.
    static let byteCount = 64

    static let isReady = sodium_init() >= 0

    /// Appends nothing to anything: a secret piece lies where it lies. `output` has 64 bytes.
    static func hash(_ pieces: [UnsafeRawBufferPointer], into output: UnsafeMutablePointer<UInt8>) {
        var state = crypto_hash_sha512_state()
        defer { withUnsafeMutableBytes(of: &state) { zero($0) } }
        crypto_hash_sha512_init(&state)
        for piece in pieces {
            let bytes = piece.bindMemory(to: UInt8.self).baseAddress
            crypto_hash_sha512_update(&state, bytes, UInt64(piece.count))
        }
        crypto_hash_sha512_final(&state, output)
    }

    /// The number that both sides of a signature compute: of R, the public key and the message.
    static func challenge(
        _ variant: Ed25519Variant, r: [UInt8], publicKey: [UInt8], message: [UInt8]
    ) -> [UInt8] {
        var wide = [UInt8](repeating: 0, count: byteCount)
        variant.domain.withUnsafeBytes { domain in
            r.withUnsafeBytes { r in
                publicKey.withUnsafeBytes { key in
                    message.withUnsafeBytes { hash([domain, r, key, $0], into: &wide) }
                }
            }
        }
        var challenge = [UInt8](repeating: 0, count: 32)
        crypto_core_ed25519_scalar_reduce(&challenge, wide)
        return challenge
    }
}
