// Frames byte by byte, for those that no honest host would send.

import Wire

enum RawFrame {
    static func header(
        length: Int, kind: UInt8, flags: UInt8 = 0, reserved: UInt16 = 0, call: UInt64
    ) -> [UInt8] {
        littleEndian(UInt32(length)) + [kind, flags] + littleEndian(reserved) + littleEndian(call)
    }

    static func bytes(
        kind: UInt8, flags: UInt8 = 0, reserved: UInt16 = 0, call: UInt64, payload: [UInt8] = []
    ) -> [UInt8] {
        header(length: payload.count, kind: kind, flags: flags, reserved: reserved, call: call)
            + payload
    }

    static func bytes(_ kind: FrameKind, call: UInt64, payload: [UInt8] = []) -> [UInt8] {
        bytes(kind: kind.rawValue, call: call, payload: payload)
    }

    /// An honest frame, with fields behind it that no schema has and with bits set that mean
    /// nothing: a receiver ignores all of it.
    static func greased(_ message: Message, call: UInt64) -> [UInt8] {
        var plain: [UInt8] = []
        message.encode(call: call, into: &plain)
        let payload = plain.dropFirst(WireLimits.headerBytes) + Protobuf.unknownFields
        return bytes(
            kind: message.kind.rawValue, flags: 0xFE, reserved: 0xA55A, call: call,
            payload: Array(payload))
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
    }
}

enum Protobuf {
    static func bytes(_ field: Int, _ value: [UInt8]) -> [UInt8] {
        varint(field << 3 | 2) + varint(value.count) + value
    }

    static func number(_ field: Int, _ value: Int) -> [UInt8] {
        varint(field << 3) + varint(value)
    }

    private static func varint(_ value: Int) -> [UInt8] {
        var rest = UInt(bitPattern: value)
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    /// One of each wire type, in the range that is set aside for it.
    static let unknownFields =
        number(100_001, 77) + varint(100_500 << 3 | 1) + [1, 2, 3, 4, 5, 6, 7, 8]
        + bytes(100_999, [0xFF, 0x00, 0xFE]) + varint(100_000 << 3 | 5) + [9, 9, 9, 9]
}
