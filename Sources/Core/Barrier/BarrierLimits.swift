/// How often one key may be used. With random 96-bit nonces, NIST SP 800-38D allows 2³² encryptions
/// under one key; the chance of a repeated nonce at 2³⁰ is below 2⁻³⁶.
struct BarrierLimits: Sendable {
    /// A rotation is started by itself from here.
    var rotationEncryptions: UInt64 = 1 << 30
    /// Writes are refused from here, should rotations fail that long.
    var maxEncryptions: UInt64 = 1 << 31
    /// Counts are persisted ahead, in blocks of this many.
    var usageBlock: UInt64 = 1 << 20

    static let standard = BarrierLimits()
}
