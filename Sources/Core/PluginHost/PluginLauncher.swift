// The plugin host as the kernel knows it: opens backends for mounts, each plugin in a process of
// its own.

public import Kernel
public import Logging
public import NIOCore
internal import Synchronization

/// One process for each plugin of a namespace; the namespace's mounts of the same plugin in the
/// same version share it.
///
/// The loops are the server's event loops in lane order: a request's `lane` is an index into them.
public final class PluginLauncher: BackendLauncher {
    /// The built-in plugins' folder first; a name that stands in several is taken from the first.
    private let directories: [PluginDirectory]
    /// Where the programs of the catalog's entries are.
    private let pluginDirectory: PluginDirectory?
    private let loops: [any EventLoop]
    private let thread: ProcessThread
    let timings: HostTimings
    private let sandbox: Sandbox
    /// Of plugins whose entry says nothing else.
    private let profile: SandboxProfile
    private let logger: Logger
    private let supervisors = SupervisorTable()
    private let room: ProcessRoom
    /// What plugins that are no entries of the catalog say of their version.
    private let versions = Mutex<[PluginFileName: String]>([:])
    private let databases = BuiltInDatabases()

    public convenience init(
        directories: [PluginDirectory], pluginDirectory: PluginDirectory?,
        loops: [any EventLoop], logger: Logger,
        settings: PluginHostSettings = PluginHostSettings()
    ) throws(BackendFailure) {
        var timings = HostTimings()
        timings.idle = .seconds(settings.idleSeconds)
        try self.init(
            directories: directories, pluginDirectory: pluginDirectory, loops: loops,
            logger: logger, timings: timings,
            profile: SandboxProfile(isDisabled: !settings.isSandboxed),
            processes: settings.processes)
    }

    init(
        directories: [PluginDirectory], pluginDirectory: PluginDirectory? = nil,
        loops: [any EventLoop], logger: Logger,
        timings: HostTimings, profile: SandboxProfile = SandboxProfile(),
        features: KernelFeatures = .probe(), processes: Int = PluginHostLimits.processes
    ) throws(BackendFailure) {
        guard !loops.isEmpty else {
            throw BackendFailure(.internalError, "the plugin host needs an event loop")
        }
        let delay = LoopDelay(loops)
        guard let thread = ProcessThread(loopDelay: { delay.longest }) else {
            throw BackendFailure(.internalError, "the plugin host's thread could not be started")
        }
        self.directories = directories
        self.pluginDirectory = pluginDirectory
        self.loops = loops
        self.thread = thread
        self.logger = logger
        self.timings = timings
        self.profile = profile
        room = ProcessRoom(processes: processes, timings: timings)
        sandbox = Sandbox(features: features)
        tellAboutSandbox()
    }

    /// Said at every start: who relies on the sandbox must hear what it lacks.
    private func tellAboutSandbox() {
        guard !profile.isDisabled else {
            return logger.warning(
                """
                plugins run WITHOUT a sandbox: the configuration says so. Each of them may do what \
                the server may
                """)
        }
        switch sandbox.stateOfDefault {
        case .full: logger.info("plugins run in a full sandbox")
        case let state: logger.warning("plugins run in a sandbox that is \(state)")
        }
        if sandbox.features.hasFilters, !sandbox.features.reportsRefusals {
            logger.warning(
                """
                what the sandbox refuses to plugins is not logged: the system does not let the \
                server listen to their system calls
                """)
        }
    }

    func loop(of lane: Int) -> (any EventLoop)? {
        loops.indices.contains(lane) ? loops[lane] : nil
    }

    // MARK: Mounts

    public func open(_ mount: BackendMount) async throws(BackendFailure) -> any Backend {
        let supervisor = try acquire(mount)
        do throws(BackendFailure) {
            let backend = try await PluginBackend.open(mount, on: supervisor, host: self)
            if let version = await supervisor.version, mount.program == nil {
                versions.withLock { $0[Self.fileName(of: mount)] = version }
            }
            return backend
        } catch {
            supervisors.release(supervisor, isKept: mount.program == nil)
            throw error
        }
    }

    /// The supervisor of what the mount is to run, for one more mount.
    ///
    /// - Parameter old: one that is to be replaced, so that it is not given back.
    func acquire(
        _ mount: BackendMount, insteadOf old: PluginSupervisor? = nil
    ) throws(BackendFailure) -> PluginSupervisor {
        let source = try source(of: mount)
        let found = supervisors.acquire(source.key, insteadOf: old) {
            PluginSupervisor(
                source: source, host: self, thread: thread, loops: loops, timings: timings,
                logger: logger, profile: profile, sandbox: sandbox, room: room)
        }
        guard let found else {
            throw BackendFailure(.unavailable, "the plugin host is shutting down")
        }
        return found
    }

    /// A mount does not use it any more.
    func release(_ supervisor: PluginSupervisor) {
        supervisors.release(supervisor)
    }

    /// A mount went back from `new` to `old`.
    func giveUp(_ new: PluginSupervisor, for old: PluginSupervisor) {
        supervisors.restore(old, insteadOf: new)
        release(new)
    }

    /// A supervisor's entry was registered anew.
    func move(_ supervisor: PluginSupervisor, to source: PluginSource, _ change: () -> Void) {
        supervisors.move(supervisor, to: source.key, change)
    }

    private func source(of mount: BackendMount) throws(BackendFailure) -> PluginSource {
        if let program = mount.program {
            return PluginSource(
                namespaceID: mount.namespaceID, kind: program.kind, name: program.name,
                owner: program.kind == .database ? mount.id : nil, program: program,
                fileName: program.command,
                directory: try registeredDirectory(), isBuiltIn: false,
                registered: mount.registered, bounds: mount.bounds)
        }
        let file = Self.fileName(of: mount)
        guard let index = directories.firstIndex(where: { $0.entries().contains(file) }) else {
            let noun = file.kind == .auth ? "auth method" : "secrets engine"
            let shown = LogText.safe(mount.type.utf8, longestBytes: 128)
            throw BackendFailure(.invalidRequest, "there is no \(noun) of type \"\(shown)\"")
        }
        return PluginSource(
            namespaceID: mount.namespaceID, kind: file.kind, name: file.type, program: nil,
            fileName: file.fileName, directory: directories[index], isBuiltIn: index == 0,
            registered: { nil }, bounds: mount.bounds)
    }

    private static func fileName(of mount: BackendMount) -> PluginFileName {
        PluginFileName(type: mount.type, kind: mount.kind == .auth ? .auth : .secret)
    }

    private func registeredDirectory() throws(BackendFailure) -> PluginDirectory {
        guard let pluginDirectory else {
            throw BackendFailure(
                .invalidRequest, "could not set plugin, plugin directory is not configured")
        }
        return pluginDirectory
    }

    // MARK: Catalog and status

    public var catalog: [CatalogEntry] {
        let versions = versions.withLock { $0 }
        var found: [PluginFileName: CatalogEntry] = [:]
        for (index, directory) in directories.enumerated() {
            for file in directory.entries() where found[file] == nil {
                found[file] = CatalogEntry(
                    type: file.type, kind: file.kind, version: versions[file] ?? "",
                    isBuiltin: index == 0)
            }
        }
        return Array(found.values) + databaseEntries
    }

    /// What is built into an engine that comes with the server comes with it too.
    private var databaseEntries: [CatalogEntry] {
        guard let directory = directories.first else { return [] }
        var found: [CatalogEntry] = []
        for file in directory.entries() where file.kind == .secret {
            for name in databases.names(in: file.fileName, of: directory)
            where !found.contains(where: { $0.type == name }) {
                found.append(
                    CatalogEntry(
                        type: name, kind: .database, version: "", isBuiltin: true,
                        engine: file.type))
            }
        }
        return found
    }

    public func check(
        _ program: PluginProgram
    ) async throws(BackendFailure) -> PluginPermissions {
        let opened = try await look(
            at: program.command, in: try registeredDirectory(), expected: program.digest)
        return (try? opened.declared.get()) ?? PluginPermissions()
    }

    public func permissions(
        of entry: CatalogEntry
    ) async throws(BackendFailure) -> PluginPermissions {
        guard entry.isBuiltin, let directory = directories.first else {
            return PluginPermissions()
        }
        let file =
            entry.engine.map { PluginFileName(type: $0, kind: .secret) }
            ?? PluginFileName(type: entry.type, kind: entry.kind)
        let opened = try await look(at: file.fileName, in: directory)
        do throws(DeclaredPermissions.Problem) { return try opened.declared.get() } catch {
            throw BackendFailure(.internalError, "\(file.fileName) is not run: \(error.message)")
        }
    }

    private func look(
        at file: String, in directory: PluginDirectory, expected digest: [UInt8]? = nil
    ) async throws(BackendFailure) -> PluginExecutable {
        // Hashing takes its time; the thread that starts children has some.
        let opened = await thread.run { () -> Result<PluginExecutable, ExecutableError> in
            Result { () throws(ExecutableError) in
                try PluginExecutable.open(file, in: directory, expected: digest)
            }
        }
        switch opened {
        case .success(let executable): return executable
        case .failure(let error):
            let isOther = error.code == .wrongDigest
            throw BackendFailure(
                .invalidRequest,
                isOther ? "checksums did not match: \(error.message)" : error.message)
        case nil: throw BackendFailure(.unavailable, "the plugin host is shutting down")
        }
    }

    public func registered(_ program: PluginProgram) async {
        for supervisor in supervisors.all { await supervisor.registered(program) }
    }

    public var processCounts: [String: Int] { room.counts }

    public var status: [PluginStatus] {
        get async {
            var result: [PluginStatus] = []
            for supervisor in supervisors.all { result.append(await supervisor.status) }
            return result.sorted { ($0.type, $0.version) < ($1.type, $1.version) }
        }
    }

    // MARK: Ends

    public func endAll() async { await end(supervisors.takeAll(forGood: false)) }

    public func endAll(of namespaceID: String) async {
        await end(supervisors.takeAll(of: namespaceID))
    }

    public func shutdown() async {
        await end(supervisors.takeAll(forGood: true))
        await thread.stop()
    }

    private func end(_ ending: [PluginSupervisor]) async {
        await withTaskGroup(of: Void.self) { group in
            for supervisor in ending { group.addTask { await supervisor.stop() } }
        }
    }
}
