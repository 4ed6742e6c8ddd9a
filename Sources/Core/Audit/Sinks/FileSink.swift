// Appends lines to a file. There is no rotation here: SIGHUP makes it take the file that has the
// name by then.

internal import CFilesystem
internal import Glibc

final class FileSink: LineSink, @unchecked Sendable {
    // Unchecked: used by one at a time, who is the device's writer then.
    private let path: String
    private let mode: UInt32?
    private let rules: FileRules
    private var descriptor: Int32
    /// The last write ended within a line; the next one begins on a new one.
    private var hasTornLine = false
    /// A file of a disk of this machine is written into memory; one of another machine is not.
    /// Decided for the first file: those that take its name later lie in the same folder.
    let answersAtOnce: Bool

    /// Opens the file at once: a device that cannot be opened is not enabled.
    init(_ path: String, mode: UInt32?, rules: FileRules) throws(AuditFailure) {
        self.path = path
        self.mode = mode
        self.rules = rules
        let opened = try rules.open(path, mode: mode)
        descriptor = opened
        answersAtOnce = coffer_is_local_file(opened)
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    func write(_ lines: UnsafeRawBufferPointer) throws(AuditFailure) {
        if descriptor < 0 { descriptor = try rules.open(path, mode: mode) }
        if hasTornLine {
            let end: [UInt8] = [UInt8(ascii: "\n")]
            try end.withRawBytes { bytes throws(AuditFailure) in try append(bytes) }
            hasTornLine = false
        }
        try append(lines)
    }

    private func append(_ bytes: UnsafeRawBufferPointer) throws(AuditFailure) {
        let (count, error) = DescriptorWriting.write(bytes, to: descriptor)
        guard let error else { return }
        if count > 0 { hasTornLine = true }
        throw AuditFailure(
            .cannotWrite,
            "\(FileRules.shown(path)) cannot be written: \(SystemText.of(error))")
    }

    func reopen() throws(AuditFailure) {
        // The old file stays in use if the new one may not be: lines go somewhere at all times.
        let opened = try rules.open(path, mode: mode)
        close()
        descriptor = opened
        hasTornLine = false
    }

    func close() {
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        descriptor = -1
    }
}
