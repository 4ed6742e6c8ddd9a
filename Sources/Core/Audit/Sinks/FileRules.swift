// Which files may become an audit log. Whoever may enable a device chooses a path and, with
// requests of their own, something of what is written there; neither may make a program of it.

internal import Glibc

public struct FileRules: Sendable {
    /// Real paths of folders that no audit log may lie in: those of plugins and of the store. A
    /// folder below them is another one.
    let forbiddenFolders: [String]

    /// `O_PATH`, which Swift does not import: a folder that may be entered need not be readable.
    private static let onlyToFind: Int32 = 0x20_0000

    public init(forbiddenFolders: [String]) {
        self.forbiddenFolders = forbiddenFolders.map { Self.realPath($0) ?? $0 }
    }

    /// Opens the file to append to it, and makes it if it is not there.
    ///
    /// The folder that is checked is the one in which the name is opened, and the file that is
    /// checked is the one that is written to: no link swapped in between leads elsewhere.
    func open(_ path: String, mode: UInt32?) throws(AuditFailure) -> Int32 {
        let (folderPath, name) = try Self.split(path)
        let folder = Glibc.open(folderPath, Self.onlyToFind | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw Self.failure(path, errno) }
        defer { Glibc.close(folder) }
        try checkFolder(folder, path)
        // Without O_NONBLOCK, a FIFO would be waited for before it can be refused.
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        let file = openat(folder, name, flags, 0o600)
        guard file >= 0 else { throw Self.failure(path, errno) }
        do throws(AuditFailure) {
            try Self.checkFile(file, path)
            if let mode, fchmod(file, mode) != 0 { throw Self.failure(path, errno) }
            return file
        } catch {
            Glibc.close(file)
            throw error
        }
    }

    private static func split(_ path: String) throws(AuditFailure) -> (String, String) {
        let name = path.utf8.lastIndex(of: 0x2F).map { path[path.utf8.index(after: $0)...] }
        let last = String(name ?? path[...])
        guard !last.isEmpty, last != ".", last != ".." else {
            throw AuditFailure(.forbiddenFile, "the audit log is a folder: \(shown(path))")
        }
        let folder = String(path.dropLast(last.count))
        return (folder.isEmpty ? "." : folder, last)
    }

    private func checkFolder(_ folder: Int32, _ path: String) throws(AuditFailure) {
        guard let real = Self.realPath("/proc/self/fd/\(folder)") else {
            throw AuditFailure(.cannotOpen, "the folder of \(Self.shown(path)) is not known")
        }
        if forbiddenFolders.contains(where: { $0.utf8.elementsEqual(real.utf8) }) {
            throw AuditFailure(
                .forbiddenFile,
                "the audit log must not lie in the folder of plugins or of the store: "
                    + Self.shown(path))
        }
    }

    private static func checkFile(_ file: Int32, _ path: String) throws(AuditFailure) {
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw AuditFailure(
                .forbiddenFile, "the audit log must be a regular file: \(shown(path))")
        }
        guard status.st_mode & 0o111 == 0 else {
            throw AuditFailure(
                .forbiddenFile, "the audit log must not be an executable file: \(shown(path))")
        }
        guard status.st_nlink <= 1 else {
            throw AuditFailure(
                .forbiddenFile, "the audit log must not have another name: \(shown(path))")
        }
    }

    private static func failure(_ path: String, _ number: Int32) -> AuditFailure {
        switch number {
        case EISDIR:
            AuditFailure(.forbiddenFile, "the audit log is a folder: \(shown(path))")
        case ELOOP:
            AuditFailure(
                .forbiddenFile, "the audit log must not be a symbolic link: \(shown(path))")
        default:
            AuditFailure(
                .cannotOpen,
                "the audit log \(shown(path)) cannot be opened: \(SystemText.of(number))")
        }
    }

    static func shown(_ path: String) -> String {
        String(
            String.UnicodeScalarView(
                path.unicodeScalars.prefix(512).map { $0.value < 0x20 ? "?" : $0 }))
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
