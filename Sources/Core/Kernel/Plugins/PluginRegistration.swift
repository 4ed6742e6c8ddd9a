// A request to register a plugin becomes an entry of the catalog, or a failure that says what is
// wrong with it.

internal import Cryptography
internal import JSON
internal import Paths

enum PluginRegistration {
    static let fields: [Field] = [
        .string("type", "The kind of plugin, which the path says."),
        .string("version", "Semantic version of the plugin, such as v1.2.3."),
        .string("sha256", "SHA-256 of the plugin's file, in hexadecimal."),
        .string("sha_256", "Old name of sha256."),
        .string("command", "Name of the plugin's file in the plugin directory."),
        .stringList("args", "Arguments that the plugin is started with."),
        .stringList("env", "Environment of the plugin, each as NAME=value."),
        .string("oci_image", "Not available: plugins are files."),
        .string("runtime", "Not available: plugins are files."),
        .boolean("network", "Whether the plugin may use the network."),
        .boolean("databases", "Whether the plugin may call database plugins of the catalog."),
        .stringList("readable_paths", "Files and folders that the plugin may read."),
        .stringList("writable_paths", "Files and folders that the plugin may read and write."),
        .integer("memory_limit", "Bytes of memory that the plugin may fill."),
        .integer("process_limit", "Processes that the plugin may start."),
        .integer("file_limit", "Files that the plugin may have open."),
    ]

    static func program(
        _ id: PluginID, _ fields: FieldValues
    ) throws(BackendFailure) -> PluginProgram {
        for name in ["oci_image", "runtime"] where fields.string(name)?.isEmpty == false {
            throw BackendFailure(
                .invalidRequest, "\(name) is not available: plugins are files in plugin_directory")
        }
        return PluginProgram(
            kind: id.kind, name: id.name, version: try version(fields),
            command: try command(fields),
            arguments: try arguments(fields), environment: try environment(fields),
            digest: try digest(fields), permissions: try permissions(fields))
    }

    static func version(_ fields: FieldValues) throws(BackendFailure) -> String {
        let version = try PluginVersion(fields.string("version") ?? "").text
        let metadata = version.split(separator: "+", maxSplits: 1).dropFirst().first ?? ""
        guard !metadata.split(separator: ".").contains("builtin") else {
            throw BackendFailure(
                .invalidRequest, "version \"\(version)\" cannot be used: \"builtin\" is reserved")
        }
        return version
    }

    /// One name, so that nothing outside the folder can be meant.
    private static func command(_ fields: FieldValues) throws(BackendFailure) -> String {
        let command = fields.string("command") ?? ""
        guard !command.isEmpty else {
            throw BackendFailure(.invalidRequest, "missing command value")
        }
        let parts = command.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains("..") else {
            throw BackendFailure(.invalidRequest, "path cannot contain parent references")
        }
        guard parts.count == 1, command != "." else {
            throw BackendFailure(
                .invalidRequest,
                "cannot execute files outside of configured plugin directory: command must be "
                    + "the name of a file in it")
        }
        guard !command.utf8.contains(UInt8(ascii: " ")) else {
            throw BackendFailure(
                .invalidRequest, "command must be the name of a file; arguments go into args")
        }
        return command
    }

    private static func digest(_ fields: FieldValues) throws(BackendFailure) -> [UInt8] {
        var text = fields.string("sha256") ?? ""
        if text.isEmpty { text = fields.string("sha_256") ?? "" }
        guard !text.isEmpty else { throw BackendFailure(.invalidRequest, "missing SHA-256 value") }
        guard let digest = Hex.decode(text) else {
            throw BackendFailure(.invalidRequest, "Could not decode SHA-256 value from Hex")
        }
        guard digest.count == 32 else {
            throw BackendFailure(.invalidRequest, "a SHA-256 value has 64 hexadecimal digits")
        }
        return digest
    }

    private static func arguments(_ fields: FieldValues) throws(BackendFailure) -> [String] {
        let arguments = fields.stringList("args") ?? []
        try checkTexts(arguments, "args")
        return arguments
    }

    private static func environment(_ fields: FieldValues) throws(BackendFailure) -> [String] {
        let environment = fields.stringList("env") ?? []
        try checkTexts(environment, "env")
        for entry in environment {
            // The value may be a secret: messages have the name at most.
            guard let mark = entry.utf8.firstIndex(of: UInt8(ascii: "=")),
                mark > entry.utf8.startIndex
            else {
                throw BackendFailure(.invalidRequest, "each entry of env must be NAME=value")
            }
            let name = entry[..<mark]
            // The loader would run what nobody has hashed; the others are the host's own.
            for prefix in ["LD_", "GLIBC_", "COFFER_PLUGIN_"] where name.hasPrefix(prefix) {
                throw BackendFailure(
                    .invalidRequest, "env cannot have names that begin with \(prefix)")
            }
        }
        return environment
    }

    private static func checkTexts(
        _ texts: [String], _ field: String
    ) throws(BackendFailure) {
        guard texts.count <= KernelLimits.pluginArguments else {
            throw BackendFailure(
                .invalidRequest, "\(field) has more than \(KernelLimits.pluginArguments) entries")
        }
        for text in texts
        where text.utf8.count > KernelLimits.pluginArgumentBytes || text.utf8.contains(0) {
            throw BackendFailure(
                .invalidRequest, "an entry of \(field) is too long or has a NUL in it")
        }
    }

    // MARK: Permissions

    private static func permissions(
        _ fields: FieldValues
    ) throws(BackendFailure) -> PluginPermissions {
        var permissions = PluginPermissions()
        permissions.allowsNetwork = fields.boolean("network") ?? false
        permissions.callsDatabases = fields.boolean("databases") ?? false
        permissions.readablePaths = try paths(fields, "readable_paths")
        permissions.writablePaths = try paths(fields, "writable_paths")
        permissions.memoryBytes = try limit(
            fields, "memory_limit", least: KernelLimits.leastPluginMemoryBytes, of: "bytes"
        ).map { UInt64($0) }
        permissions.processes = try limit(fields, "process_limit", least: 1, of: "processes")
        permissions.openFiles = try limit(
            fields, "file_limit", least: KernelLimits.leastPluginOpenFiles, of: "open files")
        return permissions
    }

    private static func paths(
        _ fields: FieldValues, _ name: String
    ) throws(BackendFailure) -> [String] {
        let paths = fields.stringList(name) ?? []
        guard paths.count <= KernelLimits.pluginPaths else {
            throw BackendFailure(
                .invalidRequest, "\(name) has more than \(KernelLimits.pluginPaths) entries")
        }
        for path in paths {
            guard PluginPermissions.isPath(path) else {
                throw BackendFailure(
                    .invalidRequest,
                    "each entry of \(name) must be an absolute path, and not the root folder")
            }
        }
        return paths
    }

    /// 0 leaves a limit to the host. One below which no plugin starts would be found out long after
    /// the registration, when somebody needs the plugin.
    private static func limit(
        _ fields: FieldValues, _ name: String, least: Int, of unit: String
    ) throws(BackendFailure) -> Int? {
        guard let limit = fields.integer(name), limit != 0 else { return nil }
        guard limit > 0 else {
            throw BackendFailure(.invalidRequest, "\(name) must not be negative")
        }
        guard limit >= least else {
            throw BackendFailure(
                .invalidRequest,
                "\(name) is too small: no plugin starts with less than \(least) \(unit)")
        }
        return limit
    }
}
