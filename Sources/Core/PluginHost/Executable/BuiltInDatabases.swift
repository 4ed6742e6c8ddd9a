// The kinds of databases that engines which come with the server have within them: names in a
// section of the engine's file, a line each. The catalog shows them as plugins, as clients expect
// that look a name up there; the core itself knows no database's name.

internal import CProcess
internal import Glibc
internal import Synchronization

final class BuiltInDatabases: Sendable {
    static let section = "coffer.databases"

    private struct Known {
        var identity: FileIdentity
        var names: [String]
    }

    /// What was read, by the names of the files.
    private let known = Mutex<[String: Known]>([:])

    /// What a file of that name declares, looked up again when it is another. Only a few parts of
    /// it are read, since this happens where nobody may be kept waiting.
    func names(in file: String, of directory: PluginDirectory) -> [String] {
        let descriptor = directory.withDescriptor { coffer_open_beneath($0, file) }
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            directory.trust.problem(status) == nil,
            Int64(status.st_size) <= PluginHostLimits.executableBytes
        else { return [] }
        let identity = FileIdentity(status)
        let before = known.withLock { $0[file] }
        if let before, before.identity == identity { return before.names }
        let bytes = ProgramBytes(descriptor: descriptor, count: Int(status.st_size))
        let names = Self.read(bytes)
        known.withLock { $0[file] = Known(identity: identity, names: names) }
        return names
    }

    /// Nothing if the declaration is damaged or has anything but names in it: what is half
    /// understood is not shown.
    static func read(_ file: ProgramBytes) -> [String] {
        let content = (try? ELFSections.content(of: section, in: file)) ?? nil
        guard let content, content.count <= PluginHostLimits.declaredPermissionBytes else {
            return []
        }
        var names: [String] = []
        for line in content.split(whereSeparator: { $0 == 10 || $0 == 0 }) {
            guard let name = String(validating: line, as: UTF8.self),
                PluginDirectory.isPlainName(name), !names.contains(name)
            else { return [] }
            names.append(name)
        }
        return names
    }
}
