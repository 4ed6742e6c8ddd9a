// Comparing and erasing secrets.

import COpenSSL

/// Compares without a data-dependent branch. Only the lengths are public.
public func constantTimeEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    guard a.count == b.count else { return false }
    guard let first = a.baseAddress, let second = b.baseAddress, a.count > 0 else { return true }
    return CRYPTO_memcmp(first, second, a.count) == 0
}

public func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.withUnsafeBytes { first in b.withUnsafeBytes { constantTimeEqual(first, $0) } }
}

/// Overwrites the array's bytes in a way that the optimiser keeps.
///
/// An array that shares its storage with another copy is copied first, so erase the last owner.
public func zero(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { zero($0) }
}

public func zero(_ bytes: UnsafeMutableRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    OPENSSL_cleanse(base, bytes.count)
}
