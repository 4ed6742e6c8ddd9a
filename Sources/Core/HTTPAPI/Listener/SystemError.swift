// The system's words for an error number.

internal import Glibc

enum SystemError {
    static func text(_ number: CInt) -> String {
        guard let text = strerror(number) else { return "error \(number)" }
        return String(cString: text)
    }

    /// Why a file cannot be opened for reading; nil if it can.
    static func opening(_ file: String) -> String? {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return text(errno) }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { return text(errno) }
        return information.st_mode & S_IFMT == S_IFDIR ? text(EISDIR) : nil
    }
}
