// Buffers that held secrets are overwritten before their memory goes back to the allocator.

import Glibc

/// Overwrites every byte; the compiler may not drop it as a dead store.
public func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { wipe($0) }
}

public func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    explicit_bzero(start, bytes.count)
}

/// Makes room for `count` more bytes. When the array must move, the old storage is wiped, which
/// `Array`'s own growth does not do.
func reserveWiping(_ bytes: inout [UInt8], _ count: Int) {
    guard bytes.count + count > bytes.capacity else { return }
    var larger: [UInt8] = []
    larger.reserveCapacity(max(bytes.count + count, bytes.capacity * 2, 1_024))
    larger.append(contentsOf: bytes)
    wipe(&bytes)
    bytes = larger
}
