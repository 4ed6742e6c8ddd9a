// SHA-256 of bytes that lie in memory.

import COpenSSL

public enum SHA256 {
    public static let byteCount = 32

    public static func hash(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, filled in
            var length: UInt32 = 0
            guard
                EVP_Digest(
                    bytes.baseAddress, bytes.count, buffer.baseAddress, &length, Algorithms.sha256,
                    nil) == 1, Int(length) == byteCount
            else { primitiveFailed("SHA-256") }
            filled = byteCount
        }
    }

    public static func hash(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { hash($0) } }
}
