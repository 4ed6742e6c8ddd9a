// How a secret appears in a line: its HMAC-SHA256 under the device's salt.

public import Cryptography

/// Digests of one device. Not Sendable: every lane has its own, so that the keyed state is shared
/// by nobody.
public final class SaltedHash {
    static let prefix = "hmac-sha256:"
    private static let digits = Array("0123456789abcdef".utf8)

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
        var at = quoted.count - 1 - 2 * HMACSHA256.byteCount
        for byte in digest {
            quoted[at] = Self.digits[Int(byte >> 4)]
            quoted[at + 1] = Self.digits[Int(byte & 15)]
            at += 2
        }
        return UnsafeRawBufferPointer(quoted)
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
