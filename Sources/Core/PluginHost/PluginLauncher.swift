// The plugin host as the kernel knows it: opens backends for mounts, each plugin in a process of
// its own.

public import Kernel
public import Logging
public import NIOCore
internal import Synchronization

/// One process for each plugin; mounts of the same plugin share it.
///
/// The loops are the server's event loops in lane order: a request's `lane` is an index into them.
public final class PluginLauncher: BackendLauncher {
    private struct State {
        var supervisors: [PluginFileName: PluginSupervisor] = [:]
        var versions: [PluginFileName: String] = [:]
        var isShutDown = false
    }

    /// The built-in plugins' folder first; a name that stands in several is taken from the first.
    private let directories: [PluginDirectory]
    private let loops: [any EventLoop]
    private let thread: ProcessThread
    private let timings: HostTimings
    private let sandbox: Sandbox
    /// Of every plugin, for want of entries that say more.
    private let profile: SandboxProfile
    private let logger: Logger
    private let state = Mutex(State())

    public convenience init(
        directories: [PluginDirectory], loops: [any EventLoop], logger: Logger,
        settings: PluginHostSettings = PluginHostSettings()
    ) throws(BackendFailure) {
        var timings = HostTimings()
        timings.idle = .seconds(settings.idleSeconds)
        try self.init(
            directories: directories, loops: loops, logger: logger, timings: timings,
            profile: SandboxProfile(isDisabled: !settings.isSandboxed))
    }

    init(
        directories: [PluginDirectory], loops: [any EventLoop], logger: Logger,
        timings: HostTimings, profile: SandboxProfile = SandboxProfile(),
        features: KernelFeatures = .probe()
    ) throws(BackendFailure) {
        guard !loops.isEmpty else {
            throw BackendFailure(.internalError, "the plugin host needs an event loop")
        }
        guard let thread = ProcessThread() else {
            throw BackendFailure(.internalError, "the plugin host's thread could not be started")
        }
        self.directories = directories
        self.loops = loops
        self.thread = thread
        self.logger = logger
        self.timings = timings
        self.profile = profile
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
    }

    public func open(_ mount: BackendMount) async throws(BackendFailure) -> any Backend {
        let file = PluginFileName(type: mount.type, kind: mount.kind == .auth ? .auth : .secret)
        guard let directory = directories.first(where: { $0.entries().contains(file) }) else {
            let noun = file.kind == .auth ? "auth method" : "secrets engine"
            let shown = LogText.safe(mount.type.utf8, longestBytes: 128)
            throw BackendFailure(.invalidRequest, "there is no \(noun) of type \"\(shown)\"")
        }
        let supervisor = try supervisor(of: file, in: directory)
        let backend = try await PluginBackend.open(mount, on: supervisor)
        let version = await supervisor.version
        state.withLock { $0.versions[file] = version }
        return backend
    }

    public var catalog: [CatalogEntry] {
        let versions = state.withLock { $0.versions }
        var found: [PluginFileName: CatalogEntry] = [:]
        for (index, directory) in directories.enumerated() {
            for file in directory.entries() where found[file] == nil {
                found[file] = CatalogEntry(
                    type: file.type, kind: file.kind, version: versions[file] ?? "",
                    isBuiltin: index == 0)
            }
        }
        return Array(found.values)
    }

    public var status: [PluginStatus] {
        get async {
            var result: [PluginStatus] = []
            for supervisor in state.withLock({ Array($0.supervisors.values) }) {
                result.append(await supervisor.status)
            }
            return result.sorted { $0.type < $1.type }
        }
    }

    public func endAll() async {
        let supervisors = state.withLock { state in
            defer { state.supervisors = [:] }
            return Array(state.supervisors.values)
        }
        await withTaskGroup(of: Void.self) { group in
            for supervisor in supervisors { group.addTask { await supervisor.stop() } }
        }
    }

    public func shutdown() async {
        state.withLock { $0.isShutDown = true }
        await endAll()
        await thread.stop()
    }

    private func supervisor(
        of file: PluginFileName, in directory: PluginDirectory
    ) throws(BackendFailure) -> PluginSupervisor {
        let found = state.withLock { state -> PluginSupervisor? in
            guard !state.isShutDown else { return nil }
            if let known = state.supervisors[file] { return known }
            let new = PluginSupervisor(
                file: file, directory: directory, thread: thread, loops: loops,
                timings: timings, logger: logger, profile: profile, sandbox: sandbox)
            state.supervisors[file] = new
            return new
        }
        guard let found else {
            throw BackendFailure(.unavailable, "the plugin host is shutting down")
        }
        return found
    }
}
