// Writing all of a buffer to a descriptor that blocks.

internal import Glibc

enum DescriptorWriting {
    /// How much was written, and the error number that ended it early.
    static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32
    ) -> (count: Int, error: Int32?) {
        guard let base = bytes.baseAddress else { return (0, nil) }
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, base + done, bytes.count - done)
            if count > 0 {
                done += count
            } else if count == 0 || errno != EINTR {
                return (done, count == 0 ? EIO : errno)
            }
        }
        return (done, nil)
    }
}

/// The process's standard output.
final class StandardOutputSink: LineSink {
    func write(_ lines: UnsafeRawBufferPointer) throws(AuditFailure) {
        if let error = DescriptorWriting.write(lines, to: STDOUT_FILENO).error {
            throw AuditFailure(
                .cannotWrite, "standard output cannot be written: \(SystemText.of(error))")
        }
    }

    func reopen() throws(AuditFailure) {}
    func close() {}
}
