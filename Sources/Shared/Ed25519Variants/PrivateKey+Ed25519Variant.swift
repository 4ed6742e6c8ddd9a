// Signing (RFC 8032, section 5.1.6). The secret scalar and the nonce are in memory that is erased,
// and only libsodium computes with them, in constant time.

import CSodium
public import Cryptography

extension PrivateKey {
    /// Signs a message, or a digest of 64 bytes if the variant is prehashed. Safe from any number
    /// of threads at once.
    public func sign(
        _ message: [UInt8], _ variant: Ed25519Variant
    ) throws(CryptoError) -> [UInt8] {
        guard kind == .ed25519 else { throw Ed25519Variant.unsuitableKey }
        guard variant.takes(message) else {
            throw CryptoError(.tooLarge, "Ed25519ph signs digests of 64 bytes")
        }
        guard WideHash.isReady else { throw Ed25519Variant.libraryFailure }
        let secrets = SigningSecrets(seed: try ed25519Seed())
        var r = [UInt8](repeating: 0, count: 32)
        guard secrets.drawNonce(variant, message, r: &r) else {
            throw Ed25519Variant.libraryFailure
        }
        // The public key is OpenSSL's own result for this seed: with another one in its place two
        // signatures of one message would give the scalar away.
        let publicKey = try publicKey().ed25519Bytes()
        let challenge = WideHash.challenge(
            variant, r: r, publicKey: publicKey, message: message)
        return r + secrets.answer(challenge)
    }
}

/// What must not outlive one signature, in one piece of memory.
private final class SigningSecrets {
    /// The seed's hash: 32 bytes that become the scalar, and 32 that nonces are made of.
    private let expanded: UnsafeMutablePointer<UInt8>
    private let wide: UnsafeMutablePointer<UInt8>
    private let scalar: UnsafeMutablePointer<UInt8>
    private let nonce: UnsafeMutablePointer<UInt8>
    private let product: UnsafeMutablePointer<UInt8>
    private static let byteCount = 2 * WideHash.byteCount + 3 * 32

    init(seed: SecretBytes) {
        expanded = .allocate(capacity: Self.byteCount)
        expanded.initialize(repeating: 0, count: Self.byteCount)
        wide = expanded + WideHash.byteCount
        scalar = wide + WideHash.byteCount
        nonce = scalar + 32
        product = nonce + 32
        seed.withUnsafeBytes { WideHash.hash([$0], into: expanded) }
        expanded[0] &= 0b1111_1000
        expanded[31] &= 0b0111_1111
        expanded[31] |= 0b0100_0000
        // It is above the group's order, and libsodium's scalars are below it.
        wide.update(from: expanded, count: 32)
        crypto_core_ed25519_scalar_reduce(scalar, wide)
    }

    deinit {
        zero(UnsafeMutableRawBufferPointer(start: expanded, count: Self.byteCount))
        expanded.deallocate()
    }

    /// The nonce of the message, and R, the point that belongs to it.
    func drawNonce(_ variant: Ed25519Variant, _ message: [UInt8], r: inout [UInt8]) -> Bool {
        let prefix = UnsafeRawBufferPointer(start: expanded + 32, count: 32)
        variant.domain.withUnsafeBytes { domain in
            message.withUnsafeBytes { WideHash.hash([domain, prefix, $0], into: wide) }
        }
        crypto_core_ed25519_scalar_reduce(nonce, wide)
        return crypto_scalarmult_ed25519_base_noclamp(&r, nonce) == 0
    }

    /// S: the challenge times the scalar, plus the nonce.
    func answer(_ challenge: [UInt8]) -> [UInt8] {
        var s = [UInt8](repeating: 0, count: 32)
        crypto_core_ed25519_scalar_mul(product, challenge, scalar)
        crypto_core_ed25519_scalar_add(&s, product, nonce)
        return s
    }
}

extension Ed25519Variant {
    static let unsuitableKey = CryptoError(
        .unsuitableKey, "the signature scheme is not one for this kind of key")
    static let libraryFailure = CryptoError(.libraryFailure, "libsodium failed")
}
