// Ed25519ctx and Ed25519ph (RFC 8032, section 5.1), which OpenSSL 3.0 does not have. A signature of
// one variant, or with one context, is none of another: what was signed for one purpose does not
// pass for another one.

/// Which variant, and the context that it is made for.
public struct Ed25519Variant: Sendable, Hashable {
    /// The context's length is one byte.
    public static let maxContextBytes = 255

    /// What Ed25519ph signs: a SHA-512 digest.
    public static let digestBytes = 64

    let isPrehashed: Bool
    let context: [UInt8]

    /// Ed25519ph, where what is signed is a digest, else Ed25519ctx. Nil for a context that is too
    /// long, and for an Ed25519ctx without one.
    public init?(isPrehashed: Bool, context: [UInt8]) {
        guard context.count <= Self.maxContextBytes, isPrehashed || !context.isEmpty else {
            return nil
        }
        self.isPrehashed = isPrehashed
        self.context = context
    }

    /// What RFC 8032 calls dom2: stands before everything that is hashed.
    var domain: [UInt8] {
        Array("SigEd25519 no Ed25519 collisions".utf8)
            + [isPrehashed ? 1 : 0, UInt8(context.count)] + context
    }

    func takes(_ message: [UInt8]) -> Bool {
        !isPrehashed || message.count == Self.digestBytes
    }
}
