// Checking (RFC 8032, section 5.1.7), as strictly as can be: a signature has one form only.

import CSodium
public import Cryptography

extension PublicKey {
    /// Whether the signature is this key's over the message, or over the digest if the variant is
    /// prehashed. One of the wrong form is a wrong one, and a key of small or mixed order has none.
    public func verify(
        _ signature: [UInt8], of message: [UInt8], _ variant: Ed25519Variant
    ) throws(CryptoError) -> Bool {
        guard kind == .ed25519 else { throw Ed25519Variant.unsuitableKey }
        guard WideHash.isReady else { throw Ed25519Variant.libraryFailure }
        guard signature.count == 64, variant.takes(message) else { return false }
        let publicKey = try ed25519Bytes()
        let (r, s) = (Array(signature[..<32]), Array(signature[32...]))
        guard Self.isBelowOrder(s), crypto_core_ed25519_is_valid_point(r) == 1 else {
            return false
        }
        let challenge = WideHash.challenge(
            variant, r: r, publicKey: publicKey, message: message)
        // R is what S times the base point exceeds the challenge times the public key by. The
        // multiplication refuses what is no point of the group, and the point at infinity.
        var (left, right) = (
            [UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 32)
        )
        guard crypto_scalarmult_ed25519_base_noclamp(&left, s) == 0,
            crypto_scalarmult_ed25519_noclamp(&right, challenge, publicKey) == 0
        else { return false }
        var difference = [UInt8](repeating: 0, count: 32)
        guard crypto_core_ed25519_sub(&difference, left, right) == 0 else { return false }
        return difference == r
    }

    /// S plus the order is the same number to a verifier that does not look.
    private static func isBelowOrder(_ s: [UInt8]) -> Bool {
        let wide = s + [UInt8](repeating: 0, count: 32)
        var reduced = [UInt8](repeating: 0, count: 32)
        crypto_core_ed25519_scalar_reduce(&reduced, wide)
        return reduced == s
    }
}
