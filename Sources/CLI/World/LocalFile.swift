// Whole files in and out, with the error's reason in words.

import Glibc

struct FileError: Error {
    let message: String

    static func last(_ path: String) -> FileError {
        FileError(message: "\(path): \(String(cString: strerror(errno)))")
    }
}

enum LocalFile {
    /// More than any secret, policy or certificate.
    static let maxBytes = 64 << 20

    static func read(_ path: String, limit: Int = maxBytes) throws(FileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last(path) }
        defer { close(descriptor) }
        do {
            return try readAll(descriptor: descriptor, limit: limit)
        } catch {
            throw FileError(message: "\(path): \(error.message)")
        }
    }

    static func readAll(descriptor: Int32, limit: Int) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError(message: String(cString: strerror(errno))) }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else {
                throw FileError(message: "more than \(limit >> 20) MiB")
            }
            bytes += chunk[..<count]
        }
    }

    /// Replaces the file in one step, readable by its owner only unless the mode says otherwise: a
    /// reader sees the old content or the new one, and a crash leaves one of the two.
    static func replace(
        _ path: String, with bytes: [UInt8], mode: mode_t = 0o600
    ) throws(FileError) {
        let temporary = path + ".tmp-\(getpid())-\(UInt64.random(in: .min ... .max))"
        let descriptor = open(
            temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .last(path) }
        var succeeded = false
        defer { if !succeeded { unlink(temporary) } }
        try fill(descriptor, with: bytes, mode: mode, path: path)
        guard rename(temporary, path) == 0 else { throw .last(path) }
        succeeded = true
    }

    private static func fill(
        _ descriptor: Int32, with bytes: [UInt8], mode: mode_t, path: String
    ) throws(FileError) {
        defer { close(descriptor) }
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .last(path) }
            offset += count
        }
        guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else { throw .last(path) }
    }

    /// The permission bits of a file, nil if it is not there.
    static func mode(of path: String) -> mode_t? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return status.st_mode & 0o777
    }
}
