// Bytes that are erased when their last owner lets go of them, and that cannot be printed.

import COpenSSL
import Glibc

/// A key, token or share. It has its own allocation, is zeroed on deinit, compares in constant time
/// and shows nothing of itself in logs, debug output or reflection.
///
/// Long-lived keys are `locked`: their own page, kept out of swap and core dumps as far as the
/// process's limits allow. Per-request secrets are not, since a system call each would cost more
/// than it protects.
public final class SecretBytes: @unchecked Sendable, Equatable {
    // Unchecked: the memory is written in the initialisers and read-only afterwards.
    private let base: UnsafeMutableRawPointer
    private let mappedBytes: Int
    public let count: Int
    /// Whether the memory is really locked; false when the limit (RLIMIT_MEMLOCK) forbade it.
    public let isLocked: Bool

    private init(count: Int, locked: Bool) {
        self.count = count
        if locked, let page = LockedMemory.map(count) {
            base = page.base
            mappedBytes = page.byteCount
            isLocked = page.isLocked
        } else {
            base = .allocate(byteCount: max(count, 1), alignment: 16)
            mappedBytes = 0
            isLocked = false
        }
    }

    public convenience init(copying bytes: UnsafeRawBufferPointer, locked: Bool = false) {
        self.init(count: bytes.count, locked: locked)
        if let source = bytes.baseAddress { base.copyMemory(from: source, byteCount: bytes.count) }
    }

    public convenience init(_ bytes: [UInt8], locked: Bool = false) {
        self.init(count: bytes.count, locked: locked)
        bytes.withUnsafeBytes { source in
            guard let from = source.baseAddress else { return }
            base.copyMemory(from: from, byteCount: source.count)
        }
    }

    /// Takes the bytes over: the array is zeroed and emptied.
    public convenience init(erasing bytes: inout [UInt8], locked: Bool = false) {
        self.init(bytes, locked: locked)
        zero(&bytes)
        bytes = []
    }

    public convenience init(utf8 text: String) {
        var text = text
        let size = text.utf8.count
        self.init(count: size, locked: false)
        text.withUTF8 { source in
            guard let from = source.baseAddress else { return }
            base.copyMemory(from: from, byteCount: source.count)
        }
    }

    /// A fresh random key.
    public convenience init(random count: Int) {
        self.init(count: count, locked: true)
        SecureRandom.fill(UnsafeMutableRawBufferPointer(start: base, count: count))
    }

    /// Fills a new locked secret in place, so that the value never lies in an ordinary array.
    public convenience init<Failure: Error>(
        count: Int, filling body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        self.init(count: count, locked: true)
        let buffer = UnsafeMutableRawBufferPointer(start: base, count: count)
        zero(buffer)
        try body(buffer)
    }

    deinit {
        OPENSSL_cleanse(base, count)
        if mappedBytes > 0 {
            munmap(base, mappedBytes)
        } else {
            base.deallocate()
        }
    }

    @inline(__always)
    public func withUnsafeBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try body(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// An ordinary copy, for showing a share or a token to the client it belongs to. The caller
    /// erases it with `zero`.
    public func exposedBytes() -> [UInt8] { withUnsafeBytes { Array($0) } }

    public static func == (a: SecretBytes, b: SecretBytes) -> Bool {
        a.withUnsafeBytes { first in b.withUnsafeBytes { constantTimeEqual(first, $0) } }
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "SecretBytes(redacted)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Whole pages outside swap and core dumps.
enum LockedMemory {
    struct Region {
        let base: UnsafeMutableRawPointer
        let byteCount: Int
        let isLocked: Bool
    }

    static func map(_ byteCount: Int) -> Region? {
        let page = max(Int(sysconf(Int32(_SC_PAGESIZE))), 4096)
        let size = (max(byteCount, 1) + page - 1) / page * page
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        guard let base = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0),
            base != MAP_FAILED
        else { return nil }
        let isLocked = mlock(base, size) == 0
        madvise(base, size, MADV_DONTDUMP)
        return Region(base: base, byteCount: size, isLocked: isLocked)
    }
}
