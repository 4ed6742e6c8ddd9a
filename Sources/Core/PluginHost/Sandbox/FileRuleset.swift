// The rules as the kernel holds them, made before the child is and applied by it.

internal import CProcess
internal import Glibc

/// A landlock ruleset that closes with its last user.
final class FileRuleset {
    let descriptor: Int32
    /// The same rules by path, for what is told of files.
    private(set) var judge: FileJudge

    private init(descriptor: Int32, version: Int) {
        self.descriptor = descriptor
        judge = FileJudge(version: version)
    }

    deinit { close(descriptor) }

    /// `program` is the plugin's own file, unless it is a copy in memory, which needs no rule.
    static func make(
        _ rules: [FileRule], program: Int32?, version: Int, allowsNetwork: Bool
    ) throws(SandboxError) -> FileRuleset {
        let handled = FileAccess.handled(version: version)
        // Binding and connecting; signals to others and abstract sockets of others.
        let network: UInt64 = version >= 4 && !allowsNetwork ? 3 : 0
        let scopes: UInt64 = version >= 6 ? 3 : 0
        let descriptor = coffer_landlock_ruleset(handled.rawValue, network, scopes)
        guard descriptor >= 0 else { throw SandboxError(.ruleset(errno: -descriptor)) }
        let ruleset = FileRuleset(descriptor: descriptor, version: version)
        if let program {
            try ruleset.add([.readFile, .execute], to: program, named: "its own file")
        }
        for rule in rules {
            let isAbsolute = rule.path.utf8.first == UInt8(ascii: "/")
            let path = isAbsolute ? coffer_open_path(rule.path) : -EINVAL
            guard path >= 0 else {
                if rule.isRequired { throw SandboxError(.path(rule.path, errno: -path)) }
                continue
            }
            defer { close(path) }
            var access = rule.access.intersection(handled)
            if !isFolder(path) { access.formIntersection(.ofFiles) }
            try ruleset.add(access, to: path, named: rule.path)
        }
        return ruleset
    }

    private func add(
        _ access: FileAccess, to path: Int32, named name: String
    ) throws(SandboxError) {
        let error = coffer_landlock_allow(descriptor, path, access.rawValue)
        guard error == 0 else { throw SandboxError(.path(name, errno: error)) }
        if let real = ProcessLinks.target(of: path) { judge.allow(access, below: real) }
    }

    static func isFolder(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

/// Why a sandbox could not be made; nothing runs without it then.
struct SandboxError: Error, Equatable {
    enum Code: Equatable {
        case ruleset(errno: Int32)
        case path(String, errno: Int32)
        case noUser
    }

    var code: Code

    init(_ code: Code) { self.code = code }

    var message: String {
        switch code {
        case .ruleset(let number):
            "its sandbox could not be made: \(SystemError.text(number))"
        case .path(let path, let number):
            "its sandbox could not be made: \(LogText.safe(path.utf8, longestBytes: 1024)): "
                + SystemError.text(number)
        case .noUser: "its sandbox could not be made: no user is left for it"
        }
    }
}
