// Frames by hand, and what a decoder makes of bytes.

import Wire

/// A frame with any header and payload.
func frame(
    kind: UInt8, call: UInt64 = 0, flags: UInt8 = 0, length: Int? = nil, _ payload: [UInt8] = []
) -> [UInt8] {
    let length = UInt32(length ?? payload.count)
    var bytes = withUnsafeBytes(of: length.littleEndian) { [UInt8]($0) }
    bytes += [kind, flags, 0xEE, 0xEE]
    bytes += withUnsafeBytes(of: call.littleEndian) { [UInt8]($0) }
    return bytes + payload
}

/// The messages in `bytes`, fed in pieces of `step`, and the error that ended them.
func decode(
    _ bytes: [UInt8], step: Int = .max, limit: Int = WireLimits.maxFramePayloadBytes
) -> (messages: [Message], error: WireError?) {
    var decoder = FrameDecoder(maxPayloadBytes: limit)
    var messages: [Message] = []
    var start = 0
    do throws(WireError) {
        while start < bytes.count {
            let end = step > bytes.count - start ? bytes.count : start + step
            bytes[start..<end].withUnsafeBytes { decoder.append($0) }
            start = end
            while let (_, message) = try decoder.nextMessage() { messages.append(message) }
        }
        return (messages, nil)
    } catch {
        return (messages, error)
    }
}

/// A protobuf field of length-delimited bytes.
func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(bytes.count) + bytes
}

/// A protobuf field with a number.
func field(_ number: Int, _ value: Int) -> [UInt8] {
    varint(number << 3) + varint(value)
}

func varint(_ value: Int) -> [UInt8] {
    var rest = UInt64(value)
    var bytes: [UInt8] = []
    while rest >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
    }
    return bytes + [UInt8(rest)]
}
