// The one folder whose programs may run as plugins, and what their names say.

internal import Glibc
public import Kernel

/// The plugin directory, held open: the folder that was checked is the folder that is used.
public final class PluginDirectory: Sendable {
    public let path: String
    let trust: FileTrust
    private let descriptor: Int32

    /// Opens the folder, which must not be writable by others.
    public init(path: String, trust: FileTrust = FileTrust()) throws(BackendFailure) {
        let opened = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        let shown = LogText.safe(path.utf8, longestBytes: 1024)
        guard opened >= 0 else {
            throw BackendFailure(
                .invalidRequest,
                "the plugin directory \"\(shown)\" cannot be opened: \(SystemError.text(errno))")
        }
        guard Self.isTrusted(opened, trust) else {
            close(opened)
            throw BackendFailure(
                .invalidRequest,
                "the plugin directory \"\(shown)\" is another user's, or writable by others"
            )
        }
        self.path = path
        self.trust = trust
        descriptor = opened
    }

    /// The folder of the running program, where the built-in plugins are installed.
    public static func ofRunningProgram() throws(BackendFailure) -> PluginDirectory {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let bytes = buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:))
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else {
            throw BackendFailure(.internalError, "the folder of the running program is not known")
        }
        return try PluginDirectory(path: String(decoding: bytes[...slash], as: UTF8.self))
    }

    deinit { close(descriptor) }

    /// Whether it is as it had to be when it was opened: looked at anew, since its owner may have
    /// opened it to others.
    var isTrusted: Bool { Self.isTrusted(descriptor, trust) }

    private static func isTrusted(_ descriptor: Int32, _ trust: FileTrust) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && trust.problem(status) == nil
    }

    func withDescriptor<T>(_ body: (Int32) -> T) -> T { body(descriptor) }

    /// The plugins that are there, by the names of their files.
    func entries() -> [PluginFileName] {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { return [] }
        guard let folder = fdopendir(copy) else {
            close(copy)
            return []
        }
        defer { closedir(folder) }
        var found: [PluginFileName] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let file = PluginFileName(name) { found.append(file) }
        }
        return found.sorted { $0.fileName < $1.fileName }
    }

    /// One segment of a path, of characters that need no second thought.
    static func isPlainName(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 255, name.utf8.first != UInt8(ascii: ".") else {
            return false
        }
        return name.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
    }
}

/// `coffer-plugin-kv`, `coffer-plugin-auth-userpass`: kind and type of a plugin in its file's name.
struct PluginFileName: Hashable, Sendable {
    private static let common = "coffer-plugin-"
    private static let auth = "coffer-plugin-auth-"

    let type: String
    let kind: BackendKind

    var fileName: String { (kind == .auth ? Self.auth : Self.common) + type }

    init(type: String, kind: BackendKind) {
        self.type = type
        self.kind = kind
    }

    init?(_ fileName: String) {
        guard PluginDirectory.isPlainName(fileName), fileName.hasPrefix(Self.common) else {
            return nil
        }
        let isAuth = fileName.hasPrefix(Self.auth)
        kind = isAuth ? .auth : .secret
        type = String(fileName.dropFirst((isAuth ? Self.auth : Self.common).count))
        // "coffer-plugin-kv.swiftmodule" and its like are a build's leavings, not programs.
        guard !type.isEmpty, !type.contains(".") else { return nil }
    }
}
