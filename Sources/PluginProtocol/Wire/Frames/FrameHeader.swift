// The sixteen bytes before every payload, little-endian.

public struct FrameHeader: Sendable, Hashable {
    /// A receiver that does not know the kind skips the frame instead of closing.
    public static let ignorable: UInt8 = 0x01

    public var payloadByteCount: Int
    public var kind: UInt8
    public var flags: UInt8
    public var call: UInt64

    public init(payloadByteCount: Int, kind: UInt8, flags: UInt8 = 0, call: UInt64) {
        self.payloadByteCount = payloadByteCount
        self.kind = kind
        self.flags = flags
        self.call = call
    }

    /// `bytes` holds at least `WireLimits.headerBytes`. The reserved bytes are not looked at.
    init(_ bytes: UnsafeRawBufferPointer) {
        payloadByteCount = Int(
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self)))
        kind = bytes[4]
        flags = bytes[5]
        call = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// Appends the header to `out`.
    func encode(into out: inout [UInt8]) {
        var words = (
            (UInt64(UInt32(clamping: payloadByteCount)) | UInt64(kind) << 32 | UInt64(flags) << 40)
                .littleEndian,
            call.littleEndian
        )
        withUnsafeBytes(of: &words) { out.append(contentsOf: $0) }
    }
}

/// One whole frame of a known kind.
public struct Frame: Sendable, Hashable {
    public var header: FrameHeader
    public var kind: FrameKind
    public var payload: [UInt8]

    public init(kind: FrameKind, call: UInt64, payload: [UInt8]) {
        self.header = FrameHeader(
            payloadByteCount: payload.count, kind: kind.rawValue, call: call)
        self.kind = kind
        self.payload = payload
    }
}
