// How much of LMDB's map the process has in its memory, and giving it back.

import CLMDB
import Glibc
import Synchronization

/// LMDB maps its whole file, and a page that was read once stays mapped until somebody else needs
/// the memory. Nobody may for weeks, and then a server with a million leases shows more than a
/// gigabyte of resident memory, which people and container limits take for its own.
///
/// What is given back stays in the kernel's page cache, so the next read maps it again without the
/// disk. Nothing can be lost: the map is read-only, LMDB writes to the file beside it.
final class LMDBMappedMemory: @unchecked Sendable {
    // Unchecked: the address is constant, and its memory is touched by `giveBackExcess` only.

    /// A read maps what it meets and up to fifteen pages beside each page.
    private static let readsBetweenLooks = 256

    private let map: UnsafeMutableRawBufferPointer
    private let maxResidentBytes: Int
    private let statistics: Int32
    private let pageBytes = max(Int(sysconf(Int32(_SC_PAGESIZE))), 4096)
    private let reads = Atomic(0)
    /// What the process has mapped of other files, such as its own program.
    private let others: Atomic<Int>

    /// `nil` where the system does not say what is mapped; then the kernel alone decides.
    ///
    /// - Parameter address: anything that lies in the map.
    init?(holding address: UnsafeRawPointer, maxResidentBytes: Int) {
        guard let map = MemoryMaps.region(holding: address) else { return nil }
        let statistics = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard statistics >= 0 else { return nil }
        self.map = map
        self.maxResidentBytes = maxResidentBytes
        self.statistics = statistics
        others = Atomic(Int.max)
        guard let now = mappedFileBytes() else { return nil }
        others.store(now, ordering: .relaxed)
    }

    deinit { close(statistics) }

    /// Counts reads; true when it is time to give memory back. On event loops: a system call of a
    /// microsecond once in a great many reads.
    @inline(__always)
    func isExceeded(afterReads count: Int) -> Bool {
        let read = reads.wrappingAdd(count, ordering: .relaxed).newValue
        guard read >= Self.readsBetweenLooks else { return false }
        reads.store(0, ordering: .relaxed)
        return isExceeded
    }

    private var isExceeded: Bool {
        guard let now = mappedFileBytes() else { return false }
        let others = min(others.load(ordering: .relaxed), now)
        self.others.store(others, ordering: .relaxed)
        return now - others > maxResidentBytes
    }

    /// Must not be called once the map is gone: whatever lay there then would be wiped.
    func giveBackExcess() {
        guard isExceeded, madvise(map.baseAddress, map.count, MADV_DONTNEED) == 0,
            let left = mappedFileBytes()
        else { return }
        others.store(left, ordering: .relaxed)
    }

    /// The third number of `statm`: resident pages of files.
    private func mappedFileBytes() -> Int? {
        withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { text in
            let count = pread(statistics, text.baseAddress, text.count, 0)
            guard count > 0 else { return nil }
            let numbers = text.prefix(count).split(separator: UInt8(ascii: " "))
            guard numbers.count > 2 else { return nil }
            var pages = 0
            for digit in numbers[2] {
                guard (0x30...0x39).contains(digit), pages < 1 << 40 else { return nil }
                pages = pages * 10 + Int(digit - 0x30)
            }
            return pages * pageBytes
        }
    }
}
