// An opened, checked and hashed plugin file. What was hashed is what runs: the descriptor is
// executed, not a name.

internal import CProcess
internal import Cryptography
internal import Glibc

final class PluginExecutable: Sendable {
    let name: String
    let descriptor: Int32
    let digest: [UInt8]
    /// Scripts are opened a second time, by their interpreter.
    let isScript: Bool
    private let identity: FileIdentity

    private init(
        name: String, descriptor: Int32, digest: [UInt8], isScript: Bool, identity: FileIdentity
    ) {
        self.name = name
        self.descriptor = descriptor
        self.digest = digest
        self.isScript = isScript
        self.identity = identity
    }

    deinit { close(descriptor) }

    var digestText: String { Hex.encode(digest) }

    /// The descriptor still shows what was hashed. Asked after the program was executed, when the
    /// kernel no longer lets anyone write to it, this covers the time between hash and execution.
    var isUnchanged: Bool { FileIdentity(descriptor: descriptor) == identity }

    /// Opens `name` below `directory`, checks it and hashes what the descriptor shows. A file that
    /// is still the one that was opened before is not hashed again.
    static func open(
        _ name: String, in directory: PluginDirectory, knownAs before: PluginExecutable? = nil
    ) throws(ExecutableError) -> PluginExecutable {
        func refuse(_ code: ExecutableError.Code) -> ExecutableError {
            ExecutableError(code: code, name: name)
        }
        guard PluginDirectory.isPlainName(name) else { throw refuse(.badName) }
        let descriptor = directory.withDescriptor { coffer_open_beneath($0, name) }
        switch -descriptor {
        case ENOENT, ENOTDIR: throw refuse(.notFound)
        case EXDEV, ELOOP: throw refuse(.leavesDirectory)
        case let number where descriptor < 0: throw refuse(.unreadable(errno: number))
        default: break
        }
        do throws(ExecutableError) {
            let identity = try check(descriptor, refuse)
            let (digest, isScript) =
                if let before, before.identity == identity {
                    (before.digest, before.isScript)
                } else {
                    try hash(descriptor, refuse)
                }
            guard FileIdentity(descriptor: descriptor) == identity else {
                throw refuse(.changedWhileRead)
            }
            return PluginExecutable(
                name: name, descriptor: descriptor, digest: digest, isScript: isScript,
                identity: identity)
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func check(
        _ descriptor: Int32, _ refuse: (ExecutableError.Code) -> ExecutableError
    ) throws(ExecutableError) -> FileIdentity {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw refuse(.unreadable(errno: errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw refuse(.notARegularFile) }
        if let problem = FileTrust.problem(status) { throw refuse(problem) }
        guard status.st_mode & 0o111 != 0 else { throw refuse(.notExecutable) }
        guard status.st_size > 0 else { throw refuse(.empty) }
        guard Int64(status.st_size) <= PluginHostLimits.executableBytes else {
            throw refuse(.tooLarge)
        }
        return FileIdentity(status)
    }

    /// Reads the whole file and hashes what was read. It is read and not mapped: a file that is cut
    /// short while it is mapped would end the core with SIGBUS.
    private static func hash(
        _ descriptor: Int32, _ refuse: (ExecutableError.Code) -> ExecutableError
    ) throws(ExecutableError) -> (digest: [UInt8], isScript: Bool) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw refuse(.unreadable(errno: errno)) }
        let size = Int(status.st_size)
        guard size > 0,
            let memory = mmap(
                nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            memory != MAP_FAILED
        else { throw refuse(.unreadable(errno: errno)) }
        defer { munmap(memory, size) }
        var filled = 0
        while filled < size {
            let count = pread(descriptor, memory + filled, size - filled, off_t(filled))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                throw refuse(count == 0 ? .changedWhileRead : .unreadable(errno: errno))
            }
            filled += count
        }
        let bytes = UnsafeRawBufferPointer(start: memory, count: size)
        return (SHA256.hash(bytes), bytes.starts(with: "#!".utf8))
    }
}

/// Who may change a file that is about to be executed, or the directory that it is in.
enum FileTrust {
    static func problem(_ status: stat) -> ExecutableError.Code? {
        if status.st_mode & 0o002 != 0 { return .writableByOthers }
        if status.st_mode & 0o020 != 0, status.st_gid != getegid(), status.st_gid != 0 {
            return .writableByOthers
        }
        // The owner can always write. Whoever owns the core's own binary is trusted already.
        guard status.st_uid == 0 || status.st_uid == geteuid() || status.st_uid == ownBinaryOwner
        else { return .ownedByAnother }
        return nil
    }

    private static let ownBinaryOwner: uid_t? = {
        var status = stat()
        return stat("/proc/self/exe", &status) == 0 ? status.st_uid : nil
    }()
}
