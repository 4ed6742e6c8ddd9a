// How much memory and how many threads a process has.

internal import Glibc

enum ProcessMemory {
    static func residentBytes(_ pid: Int32) -> Int? {
        pages(pid, 1).map { Int(clamping: $0) }
    }

    /// What the limit on data counts, and the first thread's stack.
    static func countedBytes(_ pid: Int32) -> UInt64? { pages(pid, 5) }

    static func threads(_ pid: Int32) -> UInt64? {
        var status = stat()
        guard stat("/proc/\(pid)/task", &status) == 0, status.st_nlink > 2 else { return nil }
        return UInt64(status.st_nlink) - 2
    }

    /// In bytes, by its place in the kernel's line of numbers.
    private static func pages(_ pid: Int32, _ place: Int) -> UInt64? {
        let descriptor = open("/proc/\(pid)/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        let numbers = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: " ")
        guard numbers.count > place, let pages = UInt64(numbers[place]) else { return nil }
        return pages.multipliedReportingOverflow(by: UInt64(clamping: sysconf(Int32(_SC_PAGESIZE))))
            .partialValue
    }
}
