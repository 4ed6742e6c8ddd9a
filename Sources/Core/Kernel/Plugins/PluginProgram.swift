// A plugin's entry in the catalog: which program is run, how, and what it may do.

internal import Cryptography
internal import JSON

/// One version of one plugin.
public struct PluginProgram: Sendable, Hashable {
    public var kind: BackendKind
    /// The name that it is mounted by.
    public var name: String
    /// Such as `v1.2.3`, or empty.
    public var version: String
    /// A file of the plugin directory.
    public var command: String
    public var arguments: [String]
    /// `NAME=value` each. The values may be secrets: they are never shown.
    public var environment: [String]
    /// SHA-256 of the file.
    public var digest: [UInt8]
    public var permissions: PluginPermissions

    public init(
        kind: BackendKind, name: String, version: String, command: String,
        arguments: [String] = [], environment: [String] = [], digest: [UInt8],
        permissions: PluginPermissions = PluginPermissions()
    ) {
        self.kind = kind
        self.name = name
        self.version = version
        self.command = command
        self.arguments = arguments
        self.environment = environment
        self.digest = digest
        self.permissions = permissions
    }
}

/// What a plugin may do beyond computing and answering. What is not said here it may not.
public struct PluginPermissions: Sendable, Hashable {
    public var allowsNetwork = false
    /// Whether it may have database plugins of the catalog work for it.
    public var callsDatabases = false
    /// Absolute paths of files, and of folders with all below them.
    public var readablePaths: [String] = []
    public var writablePaths: [String] = []
    /// `nil` leaves a limit to the host.
    public var memoryBytes: UInt64?
    public var processes: Int?
    public var openFiles: Int?

    public init() {}

    /// Most of each kind of paths.
    public static let mostPaths = KernelLimits.pluginPaths

    /// An absolute path that leaves nothing to be interpreted, and not the root folder.
    public static func isPath(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        return path.utf8.first == UInt8(ascii: "/") && !path.utf8.contains(0) && path != "/"
            && path.utf8.count <= KernelLimits.pluginArgumentBytes
            && !parts.contains { $0 == "." || $0 == ".." }
    }

    /// What of `wanted` is not in here, for people: `network`, `read /etc/x` …
    func lacking(_ wanted: PluginPermissions) -> [String] {
        var lacking: [String] = []
        if wanted.allowsNetwork && !allowsNetwork { lacking.append("network") }
        if wanted.callsDatabases && !callsDatabases { lacking.append("databases") }
        let readable = readablePaths + writablePaths
        lacking += wanted.readablePaths.filter { !readable.contains($0) }.map { "read \($0)" }
        lacking += wanted.writablePaths.filter { !writablePaths.contains($0) }
            .map { "write \($0)" }
        if let bytes = wanted.memoryBytes, memoryBytes == nil { lacking.append("memory \(bytes)") }
        if let files = wanted.openFiles, openFiles == nil { lacking.append("open-files \(files)") }
        if let number = wanted.processes, (processes ?? 0) < number {
            lacking.append("processes \(number)")
        }
        return lacking
    }
}

extension PluginPermissions {
    var json: JSONObject {
        func number(_ value: Int?) -> JSONValue { value.map { .int($0) } ?? .int(0) }
        return JSONObject([
            ("network", .bool(allowsNetwork)),
            ("databases", .bool(callsDatabases)),
            ("readable_paths", .strings(readablePaths)),
            ("writable_paths", .strings(writablePaths)),
            ("memory_limit", number(memoryBytes.map { Int(clamping: $0) })),
            ("process_limit", number(processes)),
            ("file_limit", number(openFiles)),
        ])
    }

    init(decoding value: JSONValue) {
        func positive(_ name: String) -> Int? {
            value[name]?.intValue.flatMap { $0 > 0 ? $0 : nil }
        }
        allowsNetwork = value["network"]?.boolValue ?? false
        callsDatabases = value["databases"]?.boolValue ?? false
        readablePaths = value["readable_paths"]?.texts ?? []
        writablePaths = value["writable_paths"]?.texts ?? []
        memoryBytes = positive("memory_limit").map { UInt64($0) }
        processes = positive("process_limit")
        openFiles = positive("file_limit")
    }
}

extension JSONValue {
    fileprivate var texts: [String] { arrayValue?.compactMap(\.stringValue) ?? [] }
}

// MARK: Behind the barrier

extension PluginProgram {
    private static let formatVersion = 1

    func encoded() -> [UInt8] {
        let value: JSONValue = [
            "v": .int(Self.formatVersion),
            "kind": .string(kind.rawValue), "name": .string(name), "version": .string(version),
            "command": .string(command), "args": .strings(arguments),
            "env": .strings(environment), "sha256": .string(Hex.encode(digest)),
            "permissions": .object(permissions.json),
        ]
        return value.encoded()
    }

    init(decoding bytes: [UInt8]) throws(BackendFailure) {
        guard let value = try? JSONValue(parsing: bytes),
            value["v"]?.intValue == Self.formatVersion,
            let kind = value["kind"]?.stringValue.flatMap(BackendKind.init(rawValue:)),
            let name = value["name"]?.stringValue, let version = value["version"]?.stringValue,
            let command = value["command"]?.stringValue,
            let digest = value["sha256"]?.stringValue.flatMap({ Hex.decode($0) })
        else {
            throw BackendFailure(
                .internalError,
                "a stored plugin entry has a form that this version does not know")
        }
        self.init(
            kind: kind, name: name, version: version, command: command,
            arguments: value["args"]?.texts ?? [], environment: value["env"]?.texts ?? [],
            digest: digest,
            permissions: PluginPermissions(decoding: value["permissions"] ?? .null))
    }
}
