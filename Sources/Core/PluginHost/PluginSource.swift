// Where a plugin's process comes from: a file that lies beside the server, or an entry of the
// catalog.

internal import Cryptography
internal import Kernel

/// What a supervisor starts.
struct PluginSource: Sendable {
    /// The namespace whose mounts share the process.
    let namespaceID: String
    let kind: BackendKind
    /// The name that it is mounted by.
    let name: String
    /// The mount that a database plugin works for.
    var owner: UUID128?
    /// The catalog's entry; `nil` for a file that is found by its name.
    var program: PluginProgram?
    var fileName: String
    let directory: PluginDirectory
    /// It came with the server: what its file declares of permissions it is given.
    let isBuiltIn: Bool
    /// What the catalog has now under the entry's name and version.
    let registered: @Sendable () -> PluginProgram?
    /// What the namespace's processes are held to now.
    let bounds: @Sendable () -> [NamespaceBounds]

    /// What tells processes apart: never shared between namespaces, versions or files, and a
    /// database plugin's not between mounts: it knows the passwords of their connections.
    struct Key: Sendable, Hashable {
        let namespaceID: String
        let kind: BackendKind
        let name: String
        let program: PluginProgram?
        let owner: UUID128?
    }

    var key: Key {
        Key(namespaceID: namespaceID, kind: kind, name: name, program: program, owner: owner)
    }

    /// The entry was registered anew.
    func with(_ program: PluginProgram) -> PluginSource {
        var source = self
        source.program = program
        source.fileName = program.command
        return source
    }

    var words: StartingWords {
        guard let program else { return StartingWords() }
        return StartingWords(arguments: program.arguments, environment: program.environment)
    }

    /// For messages and logs.
    var label: String {
        guard let program, !program.version.isEmpty else { return "plugin \"\(name)\"" }
        return "plugin \"\(name)\" \(program.version)"
    }

    /// By which a process that keeps files gets its user: the next version must own them.
    var userName: String { "\(namespaceID)/\(kind.rawValue)/\(name)" }

    /// What the next process may do. `declared` is what its file says that it needs.
    func profile(_ common: SandboxProfile, declared: PluginPermissions) -> SandboxProfile {
        var profile = common
        if let program {
            profile = common.with(program.permissions)
        } else if isBuiltIn {
            profile = common.with(declared)
            // One program for all machines: what a machine does not have is nothing to read.
            profile.pathsMayBeMissing = true
        }
        if let bytes = bounds().ofMemory {
            profile.memoryBytes = min(profile.memoryBytes, bytes)
        }
        return profile
    }
}

extension SandboxProfile {
    fileprivate func with(_ permissions: PluginPermissions) -> SandboxProfile {
        var profile = self
        profile.allowsNetwork = permissions.allowsNetwork
        profile.readablePaths = permissions.readablePaths
        profile.writablePaths = permissions.writablePaths
        if let bytes = permissions.memoryBytes { profile.memoryBytes = bytes }
        if let processes = permissions.processes { profile.processes = processes }
        if let files = permissions.openFiles { profile.openFiles = files }
        return profile
    }
}
