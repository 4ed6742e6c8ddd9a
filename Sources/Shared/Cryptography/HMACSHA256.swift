// HMAC-SHA256 under one key, many times.

import COpenSSL

/// The key's inner and outer state are computed once and re-used, five times faster than one-shot
/// calls. Not Sendable: one thread at a time.
public final class HMACSHA256 {
    public static let byteCount = 32

    private let context: OpaquePointer

    public convenience init(key: SecretBytes) {
        self.init(context: key.withUnsafeBytes { Self.keyed($0) })
    }

    public convenience init(key: [UInt8]) {
        self.init(context: key.withUnsafeBytes { Self.keyed($0) })
    }

    private init(context: OpaquePointer) { self.context = context }

    deinit { EVP_MAC_CTX_free(context) }

    private static func keyed(_ key: UnsafeRawBufferPointer) -> OpaquePointer {
        guard let context = EVP_MAC_CTX_new(Algorithms.hmac) else { primitiveFailed("HMAC") }
        var digest = Array("SHA256".utf8CString)
        // A null key means "keep the key" to OpenSSL, so an empty one needs an address.
        var empty: UInt8 = 0
        let status = digest.withUnsafeMutableBufferPointer { name in
            withUnsafePointer(to: &empty) { none in
                var parameters = [
                    OSSL_PARAM_construct_utf8_string(
                        ParameterName.digest.cString, name.baseAddress, 0),
                    OSSL_PARAM_construct_end(),
                ]
                let bytes = key.bindMemory(to: UInt8.self).baseAddress ?? none
                return EVP_MAC_init(
                    context, bytes, key.count, &parameters)
            }
        }
        guard status == 1 else { primitiveFailed("HMAC") }
        return context
    }

    /// Writes the 32 bytes of the code to `output`.
    public func authenticate(
        _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) {
        precondition(output.count == Self.byteCount)
        var length = 0
        guard EVP_MAC_init(context, nil, 0, nil) == 1,
            EVP_MAC_update(context, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count) == 1,
            EVP_MAC_final(
                context, output.bindMemory(to: UInt8.self).baseAddress, &length, Self.byteCount)
                == 1, length == Self.byteCount
        else { primitiveFailed("HMAC") }
    }

    public func authenticate(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, filled in
            let output = UnsafeMutableRawBufferPointer(
                start: buffer.baseAddress, count: Self.byteCount)
            authenticate(bytes, into: output)
            filled = Self.byteCount
        }
    }

    public func authenticate(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { authenticate($0) }
    }

    public func authenticate(_ text: String) -> [UInt8] {
        var text = text
        return text.withUTF8 { authenticate(UnsafeRawBufferPointer($0)) }
    }
}
