// Certificates for libraries that take them from files only, in a process that can write none.

import Glibc

/// A pipe that is full of certificates: it is read once, by the name that it has as a descriptor.
final class CertificatePipe {
    /// What a pipe holds without a reader.
    static let maxBytes = 60 * 1024

    private let reading: Int32

    init?(_ text: String) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let bytes = Array(text.utf8)
        let count = write(ends[1], bytes, bytes.count)
        close(ends[1])
        reading = ends[0]
        guard count == bytes.count else {
            close(reading)
            return nil
        }
    }

    deinit { close(reading) }

    var path: String { "/proc/self/fd/\(reading)" }
}
