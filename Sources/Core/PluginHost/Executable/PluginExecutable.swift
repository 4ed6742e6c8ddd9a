// An opened, checked and hashed plugin file. What was hashed is what runs: the descriptor is
// executed, not a name.

internal import CProcess
internal import Cryptography
internal import Glibc
internal import Kernel

final class PluginExecutable: Sendable {
    let name: String
    let descriptor: Int32
    let digest: [UInt8]
    /// The beginning of its first line, if it is a script.
    let firstLine: String?
    /// What the program says that it needs, out of the bytes that were hashed.
    let declared: Result<PluginPermissions, DeclaredPermissions.Problem>
    /// A sealed copy in memory: the file in the folder is not looked at any more.
    let isCopy: Bool
    private let identity: FileIdentity
    private let source: FileIdentity

    private init(
        name: String, descriptor: Int32, content: Content, isCopy: Bool, identity: FileIdentity,
        source: FileIdentity
    ) {
        self.name = name
        self.descriptor = descriptor
        digest = content.digest
        firstLine = content.firstLine
        declared = content.declared
        self.isCopy = isCopy
        self.identity = identity
        self.source = source
    }

    private struct Content {
        var digest: [UInt8]
        var firstLine: String?
        var declared: Result<PluginPermissions, DeclaredPermissions.Problem>
    }

    deinit { close(descriptor) }

    var digestText: String { Hex.encode(digest) }

    /// Scripts are opened a second time, by their interpreter.
    var isScript: Bool { firstLine != nil }

    /// The programs that a script needs to run.
    var interpreter: [String] { firstLine.map(FileRules.interpreter(ofFirstLine:)) ?? [] }

    /// The descriptor still shows what was hashed. Asked after the program was executed, when the
    /// kernel no longer lets anyone write to it, this covers the time between hash and execution.
    var isUnchanged: Bool { FileIdentity(descriptor: descriptor) == identity }

    /// Opens `name` below `directory`, checks it and hashes what the descriptor shows. A file that
    /// is still the one that was opened before is not hashed again.
    ///
    /// - Parameters:
    ///   - expected: the digest that it must have.
    ///   - runsAsAnother: whether a user of its own must be able to run it.
    static func open(
        _ name: String, in directory: PluginDirectory, knownAs before: PluginExecutable? = nil,
        expected: [UInt8]? = nil, runsAsAnother: Bool = false
    ) throws(ExecutableError) -> PluginExecutable {
        func refuse(_ code: ExecutableError.Code) -> ExecutableError {
            ExecutableError(code: code, name: name)
        }
        guard PluginDirectory.isPlainName(name) else { throw refuse(.badName) }
        // Somebody may have changed its mode or owner since the server started.
        guard directory.isTrusted else { throw refuse(.untrustedDirectory) }
        let descriptor = directory.withDescriptor { coffer_open_beneath($0, name) }
        switch -descriptor {
        case ENOENT, ENOTDIR: throw refuse(.notFound)
        case EXDEV, ELOOP: throw refuse(.leavesDirectory)
        case let number where descriptor < 0: throw refuse(.unreadable(errno: number))
        default: break
        }
        var used = descriptor
        do throws(ExecutableError) {
            let (source, needsCopy) = try check(
                descriptor, directory.trust, runsAsAnother, refuse)
            var identity = source
            if needsCopy {
                if let before, before.isCopy, before.source == source {
                    close(descriptor)
                    guard expected == nil || before.digest == expected else {
                        throw refuse(.wrongDigest)
                    }
                    return before
                }
                used = try copy(descriptor, source, refuse)
                close(descriptor)
                guard let ofCopy = FileIdentity(descriptor: used) else {
                    throw refuse(.unreadable(errno: errno))
                }
                identity = ofCopy
            }
            let content =
                if let before, before.identity == identity {
                    Content(
                        digest: before.digest, firstLine: before.firstLine,
                        declared: before.declared)
                } else {
                    try hash(used, refuse)
                }
            guard FileIdentity(descriptor: used) == identity else {
                throw refuse(.changedWhileRead)
            }
            guard expected == nil || content.digest == expected else { throw refuse(.wrongDigest) }
            return PluginExecutable(
                name: name, descriptor: used, content: content, isCopy: needsCopy,
                identity: identity, source: source)
        } catch {
            close(used)
            throw error
        }
    }

    /// What is sealed nobody can change, whoever owns the file.
    private static func copy(
        _ descriptor: Int32, _ identity: FileIdentity,
        _ refuse: (ExecutableError.Code) -> ExecutableError
    ) throws(ExecutableError) -> Int32 {
        let copy = coffer_sealed_copy(descriptor, "coffer-plugin", identity.byteCount)
        guard copy >= 0 else { throw refuse(.unreadable(errno: -copy)) }
        return copy
    }

    private static func check(
        _ descriptor: Int32, _ trust: FileTrust, _ runsAsAnother: Bool,
        _ refuse: (ExecutableError.Code) -> ExecutableError
    ) throws(ExecutableError) -> (FileIdentity, needsCopy: Bool) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw refuse(.unreadable(errno: errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw refuse(.notARegularFile) }
        if let problem = trust.problem(status) { throw refuse(problem) }
        guard status.st_mode & 0o111 != 0 else { throw refuse(.notExecutable) }
        guard status.st_size > 0 else { throw refuse(.empty) }
        guard Int64(status.st_size) <= PluginHostLimits.executableBytes else {
            throw refuse(.tooLarge)
        }
        let isClosedToOthers = status.st_mode & 0o005 != 0o005
        return (
            FileIdentity(status),
            needsCopy: FileTrust.othersMayWrite(status) || (runsAsAnother && isClosedToOthers)
        )
    }

    /// Reads the whole file and hashes what was read. It is read and not mapped: a file that is cut
    /// short while it is mapped would end the core with SIGBUS.
    private static func hash(
        _ descriptor: Int32, _ refuse: (ExecutableError.Code) -> ExecutableError
    ) throws(ExecutableError) -> Content {
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
        let isScript = bytes.starts(with: "#!".utf8)
        let line = bytes.prefix(256).prefix { $0 != UInt8(ascii: "\n") && $0 != 0 }
        return Content(
            digest: SHA256.hash(bytes),
            firstLine: isScript ? String(decoding: line, as: UTF8.self) : nil,
            declared: Result { () throws(DeclaredPermissions.Problem) in
                try DeclaredPermissions.read(bytes)
            })
    }
}
