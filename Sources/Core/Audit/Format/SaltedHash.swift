// How a secret appears in a line: its HMAC-SHA256 under the device's salt.

public import Cryptography

/// Digests of one device. Not Sendable: every lane has its own, so that the keyed state is shared
/// by nobody.
public final class SaltedHash {
    static let prefix = "hmac-sha256:"

    private let code: HMACSHA256
    private let digest: UnsafeMutableRawBufferPointer
    /// `"hmac-sha256:…"` with its quotes; the digits are written anew each time.
    private let quoted: UnsafeMutableRawBufferPointer

    public init(salt: SecretBytes) {
        code = HMACSHA256(key: salt)
        digest = .allocate(byteCount: HMACSHA256.byteCount, alignment: 16)
        let frame = Array("\"\(Self.prefix)".utf8)
        quoted = .allocate(byteCount: frame.count + 2 * HMACSHA256.byteCount + 1, alignment: 16)
        quoted.copyBytes(from: frame)
        quoted[quoted.count - 1] = UInt8(ascii: "\"")
    }

    deinit {
        digest.deallocate()
        quoted.deallocate()
    }

    /// The digest as a JSON string, valid until the next call.
    func jsonString(of bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        code.authenticate(bytes, into: digest)
        let at = quoted.count - 1 - 2 * HMACSHA256.byteCount
        for index in 0..<(HMACSHA256.byteCount / 4) {
            let four = UInt32(
                bigEndian: digest.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
            quoted.storeBytes(
                of: Self.digits(of: four).bigEndian, toByteOffset: at + 8 * index, as: UInt64.self)
        }
        return UnsafeRawBufferPointer(quoted)
    }

    /// The eight hexadecimal digits of a number as eight bytes, the first one highest.
    private static func digits(of number: UInt32) -> UInt64 {
        // First every half byte gets a byte of its own; those above nine then go on to the letters.
        var spread = UInt64(number)
        spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
        spread = (spread | spread << 4) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = ((spread &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return spread &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
    }

    /// `hmac-sha256:…`, as `sys/audit-hash` answers it.
    public func text(of text: String) -> String {
        var text = text
        return text.withUTF8 { bytes in
            let json = jsonString(of: UnsafeRawBufferPointer(bytes))
            return String(decoding: json[1..<(json.count - 1)], as: UTF8.self)
        }
    }
}
