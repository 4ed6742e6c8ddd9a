// The head of a frame that is being written, and the way its payload gets behind it.

struct FrameWriter {
    let kind: FrameKind
    let call: UInt64

    func append<C>(_ message: C, grease: Grease = .none, to out: inout [UInt8]) -> Int {
        Arena.pack(message, followedBy: grease.encoded, to: &out) { size in
            FrameHeader(payloadByteCount: size, kind: kind.rawValue, call: call)
        }
    }

    func appendEmpty(to out: inout [UInt8]) -> Int {
        reserveWiping(&out, WireLimits.headerBytes)
        FrameHeader(payloadByteCount: 0, kind: kind.rawValue, call: call).encode(into: &out)
        return 0
    }
}

extension RawRepresentable where RawValue == UInt8 {
    /// A number from a peer; what is out of range is an error and not a default.
    init(wire number: UInt32, _ name: StaticString) throws(WireError) {
        guard let small = UInt8(exactly: number), let value = Self(rawValue: small) else {
            throw WireError(.invalidValue, "\(name) has no value \(number)")
        }
        self = value
    }
}
