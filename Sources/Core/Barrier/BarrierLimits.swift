/// How often one key may be used. With random 96-bit nonces, NIST SP 800-38D allows 2³² encryptions
/// under one key; the chance of a repeated nonce is below 2⁻³² then.
struct BarrierLimits: Sendable {
    /// A rotation is started by itself from here, whatever was asked for: nine tenths of what NIST
    /// allows, as in Vault.
    var rotationEncryptions: UInt64 = 3_865_470_566
    /// Writes are refused from here, should rotations fail that long.
    var maxEncryptions: UInt64 = 4_200_000_000
    /// Counts are persisted ahead, in blocks of this many.
    var usageBlock: UInt64 = 1 << 20

    static let standard = BarrierLimits()
}
