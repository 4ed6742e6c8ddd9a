// The parts of a running server, started in order and stopped in the opposite one.

internal import Barrier
internal import Glibc
internal import HTTPAPI
internal import Kernel
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import PluginHost
internal import Storage

struct Server: Sendable {
    let core: Core
    let http: HTTPServer
    let issuers: ListenerIssuers
    let store: any PhysicalStore
    let group: MultiThreadedEventLoopGroup
    let pidFile: PIDFile?
    let logger: Logger
    /// Reads the configuration anew.
    let configure: @Sendable () throws(StartError) -> ServerConfiguration

    // MARK: Starting

    static func start(
        _ options: DaemonOptions, environment: [String: String]
    ) async throws(StartError) -> Server {
        let configuration = try ServerConfiguration.load(options, environment: environment)
        let logger = makeLogger(options, configuration)
        for warning in configuration.warnings { logger.warning("\(warning.description)") }
        for name in configuration.keysWithoutEffect {
            logger.warning(
                "the setting has no effect in this version", metadata: ["key": "\(name)"])
        }

        var settings = CoreSettings(configuration)
        settings.audit.forbiddenFolders = try forbiddenAuditFolders(options, configuration)
        settings.files = configuration.ownFiles
        do throws(BackendFailure) { try settings.audit.check() } catch {
            throw StartError(error.message)
        }
        let store = try openStore(configuration.storage, logger)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        let lanes = Lanes(group)
        let launcher = try makeLauncher(options, configuration, lanes, logger)
        let core = Core(
            barrier: Barrier(store: store), launcher: launcher,
            settings: settings, logger: logger.named("core"), lanes: lanes)
        let http = HTTPServer(
            lanes: lanes, handler: RequestPipeline(core: core), logger: logger.named("http"))
        var surroundings = Surroundings()
        surroundings.inFlight = http
        surroundings.headers = http
        surroundings.shownConfiguration = configuration.shown
        surroundings.log = (logger.handler as? LogSink)?.router
        core.connect(surroundings)
        core.registerFigures(of: launcher)
        var server = Server(
            core: core, http: http,
            issuers: ListenerIssuers(core: core, http: http, logger: logger.named("http")),
            store: store, group: group, pidFile: nil, logger: logger,
            configure: { () throws(StartError) in
                try ServerConfiguration.load(options, environment: environment)
            })
        do throws(StartError) {
            var dev: DevMode?
            if options.isDev { dev = try await DevMode.prepare(core, options) }
            let addresses = try await server.listen(configuration, options)
            if let path = configuration.pidFile {
                server = server.with(pidFile: try PIDFile(path: path))
            }
            let announcement = Announcement(
                configuration: configuration, addresses: addresses, dev: dev,
                program: ProgramName.shown(searchPath: environment["PATH"] ?? ""))
            if let url = announcement.url { core.listens(at: url) }
            if let greet = options.devGreeting, let dev, let url = announcement.url {
                let goesOn = await greet(url, dev.rootToken, announcement.program)
                if !goesOn { throw StartError([]) }
            } else {
                announcement.print()
            }
            return server
        } catch {
            await server.stop()
            throw error
        }
    }

    private func with(pidFile: PIDFile) -> Server {
        Server(
            core: core, http: http, issuers: issuers, store: store, group: group,
            pidFile: pidFile, logger: logger, configure: configure)
    }

    private static func makeLogger(
        _ options: DaemonOptions, _ configuration: ServerConfiguration
    ) -> Logger {
        let level =
            options.logLevel.flatMap { Logger.Level(vaultName: $0) }
            ?? Logger.Level(vaultName: configuration.log.level.rawValue) ?? .info
        let formatName = options.logFormat ?? configuration.log.format.rawValue
        let format = LogLineFormat(rawValue: formatName) ?? .standard
        let router = LogRouter(format: format, level: level)
        return Logger(label: "server") { label in
            LogSink(label: label, router: router)
        }
    }

    private static func openStore(
        _ storage: StorageConfiguration, _ logger: Logger
    ) throws(StartError) -> any PhysicalStore {
        switch storage {
        case .inMemory: return MemoryStore()
        case .lmdb(let path, let mapBytes, let residentBytes):
            do throws(StorageError) {
                return try LMDBStore(
                    path: path, mapBytes: mapBytes ?? LMDBStore.defaultMapBytes,
                    maxResidentBytes: residentBytes ?? LMDBStore.defaultResidentBytes)
            } catch { throw StartError(error.message) }
        }
    }

    private static func makeLauncher(
        _ options: DaemonOptions, _ configuration: ServerConfiguration, _ lanes: Lanes,
        _ logger: Logger
    ) throws(StartError) -> PluginLauncher {
        do throws(BackendFailure) {
            var directories = [try PluginDirectory.ofRunningProgram()]
            var pluginDirectory: PluginDirectory?
            if let path = options.devPluginDirectory ?? configuration.plugins.directory {
                let plugins = configuration.plugins
                let directory = try PluginDirectory(
                    path: path,
                    trust: FileTrust(
                        userID: plugins.fileUserID, permissions: plugins.filePermissions ?? 0))
                pluginDirectory = directory
                // What lies there can be mounted without being registered in dev mode only.
                if options.devPluginDirectory != nil { directories.append(directory) }
            }
            var settings = PluginHostSettings()
            settings.isSandboxed = !configuration.plugins.isSandboxDisabled
            if let idle = configuration.plugins.idleTimeout {
                settings.idleSeconds = max(1, idle.components.seconds)
            }
            if let most = configuration.plugins.maxProcesses { settings.processes = most }
            return try PluginLauncher(
                directories: directories, pluginDirectory: pluginDirectory, loops: lanes.loops,
                logger: logger.named("plugins"),
                settings: settings)
        } catch { throw StartError(error.message) }
    }

    /// An audit log in one of these could become a program, or end up within the store.
    private static func forbiddenAuditFolders(
        _ options: DaemonOptions, _ configuration: ServerConfiguration
    ) throws(StartError) -> [String] {
        do throws(BackendFailure) {
            var folders = [try PluginDirectory.ofRunningProgram().path]
            if let path = options.devPluginDirectory ?? configuration.plugins.directory {
                folders.append(path)
            }
            if case .lmdb(let path, _, _) = configuration.storage { folders.append(path) }
            return folders
        } catch { throw StartError(error.message) }
    }

    private func listen(
        _ configuration: ServerConfiguration, _ options: DaemonOptions
    ) async throws(StartError) -> [HTTPAPI.ListenerAddress] {
        var listeners: [(http: HTTPAPI.ListenerConfiguration, tls: TLSConfiguration?)] = []
        for listener in configuration.listeners {
            listeners.append((try listener.forHTTP(), listener.tls))
        }
        if options.isDev && listeners.isEmpty {
            guard let address = ListenerAddress(parsing: options.devListenAddress) else {
                throw StartError(
                    "-dev-listen-address must be host:port, not \"\(options.devListenAddress)\"")
            }
            listeners = [(HTTPAPI.ListenerConfiguration(address: address), nil)]
        }
        var addresses: [ListenerAddress] = []
        for listener in listeners {
            do {
                let address = try await http.listen(listener.http)
                issuers.begin(listener.http, listener.tls, at: address)
                addresses.append(address)
            } catch { throw StartError("\(error)") }
        }
        return addresses
    }

    // MARK: Running

    /// SIGHUP: certificates and the headers of answers are read again and audit logs opened anew;
    /// what cannot be read or opened stays as it was. Certificates that are issued are asked for
    /// anew.
    func reload() async {
        if http.reloadCertificates().isEmpty { logger.info("certificates reloaded") }
        core.reopenAuditLogs()
        do throws(StartError) {
            let configuration = try configure()
            for listener in configuration.listeners {
                let listener = try listener.forHTTP()
                http.replaceCustomHeaders(listener.customHeaders, at: listener.address)
            }
            await issuers.reload(configuration)
        } catch {
            logger.error(
                "the configuration was not read again, what was read before stays in use",
                metadata: ["reason": "\(error.lines.joined(separator: " "))"])
        }
    }

    // MARK: Stopping

    /// Requests in flight end first, then engines, then storage.
    func stop() async {
        logger.info("stopping")
        issuers.end()
        await http.stop(graceSeconds: Daemon.graceSeconds)
        await core.shutdown()
        store.close()
        try? await group.shutdownGracefully()
        pidFile?.remove()
        logger.info("stopped")
    }
}

extension Logger {
    /// The server's logger for one of its parts, whose name its lines carry.
    func named(_ name: String) -> Logger {
        guard let sink = handler as? LogSink else { return self }
        return Logger(label: name) { _ in sink.named(name) }
    }
}
