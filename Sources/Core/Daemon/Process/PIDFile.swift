// A file with the process's id, for service managers.

internal import Glibc

struct PIDFile: Sendable {
    let path: String

    init(path: String) throws(StartError) {
        self.path = path
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw StartError(
                "the pid file \"\(path)\" cannot be written: \(String(cString: strerror(errno)))")
        }
        let bytes = Array("\(getpid())\n".utf8)
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    func remove() { unlink(path) }
}
