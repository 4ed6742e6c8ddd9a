// The core: sealed or unsealed, and what it holds in each state.

public import Barrier
internal import Clock
internal import Cryptography
internal import JSON
public import Logging
internal import Metrics
internal import Synchronization

/// The secrets manager without its listeners and without its engines' processes.
public final class Core: Sendable {
    let barrier: Barrier
    let launcher: any BackendLauncher
    public let settings: CoreSettings
    let logger: Logger
    /// Its devices are there while the server is unsealed.
    let audit: AuditLog
    /// Tables while unsealed, `nil` while sealed.
    private let active = Snapshot<ActiveState?>(nil)
    /// Sealing, unsealing and initialising exclude each other.
    let lifecycle = AsyncLock()
    let unsealProgress = Mutex(UnsealProgress())
    public let figures = CoreFigures()
    let rateLimits = RateLimits()
    let surroundings = Mutex(Surroundings())
    private let measuring = Mutex<Task<Void, Never>?>(nil)
    private let expiry = Mutex<Task<Void, Never>?>(nil)
    private let listenerAddress = Mutex("")

    public init(
        barrier: Barrier, launcher: any BackendLauncher, settings: CoreSettings, logger: Logger,
        lanes: any LaneExecutor = InlineLanes()
    ) {
        audit = AuditLog(lanes: lanes, settings: settings.audit, logger: logger)
        self.barrier = barrier
        self.launcher = launcher
        self.settings = settings
        self.logger = logger
        figures.register(self)
    }

    var status: SystemStatus { SystemStatus(core: self) }

    public var isSealed: Bool { active.value == nil }

    /// How clients reach this server: what the configuration says, else its first listener.
    var apiAddress: String {
        settings.apiAddress.isEmpty ? listenerAddress.withLock { $0 } : settings.apiAddress
    }

    /// Says where the server listens, once it does.
    public func listens(at url: String) { listenerAddress.withLock { $0 = url } }

    /// What there is while unsealed, or the failure that every request gets while sealed.
    func activeState() throws(BackendFailure) -> ActiveState {
        guard let state = active.value else { throw BackendFailure(.sealed, "Vault is sealed") }
        return state
    }

    /// The tables of the root namespace.
    func rootState() throws(BackendFailure) -> NamespaceState { try activeState().root }

    /// Called with the lifecycle lock held, after the barrier is open.
    func activate() async throws(BackendFailure) {
        let surroundings = NamespaceSurroundings(
            barrier: barrier, launcher: launcher,
            plugins: try PluginCatalog(barrier: barrier, launcher: launcher),
            settings: settings, logger: logger,
            figures: figures, engines: CoreEngines(core: self), directory: NamespaceDirectory())
        let state = try await ActiveState(surroundings, rateLimits: rateLimits, audit: audit)
        do throws(BackendFailure) { try await state.audit.open(settings.audit.devices) } catch {
            await audit.unload()
            throw error
        }
        active.store(state)
        await recordVersion()
        let measuring = Task { await self.measure() }
        self.measuring.withLock { $0 = measuring }
        state.keyRotation.start()
        state.metering.start()
        state.namespaces.resumeRemovals()
        let keeper = state.keeper
        let expiry = Task { await keeper.run() }
        self.expiry.withLock { $0 = expiry }
        logger.info("unsealed")
    }

    /// Called with the lifecycle lock held.
    func deactivate() async {
        guard let state = active.value else { return }
        active.store(nil)
        rateLimits.removeAll()
        surroundings.withLock { $0.log }?.endMonitors()
        measuring.withLock { $0 }?.cancel()
        let expiry = expiry.withLock { $0 }
        expiry?.cancel()
        await expiry?.value
        await state.namespaces.endRemovals()
        await state.metering.end()
        for namespace in state.namespaces.loaded { await namespace.close() }
        await launcher.endAll()
        state.keyRotation.stop()
        await audit.unload()
        barrier.seal()
        logger.info("sealed")
    }

    /// Ends engines and forgets keys, before the process ends.
    public func shutdown() async {
        try? await lifecycle.withLock { () async throws(BackendFailure) in await self.deactivate() }
        await launcher.shutdown()
    }

    /// A full store must not keep the server from being unsealed.
    private func recordVersion() async {
        do throws(BackendFailure) {
            try await VersionHistory(barrier: barrier).record(settings.version, now: .now)
        } catch {
            logger.warning("the version was not recorded", metadata: ["error": "\(error.message)"])
        }
    }

    /// Ends the metrics' intervals.
    private func measure() async {
        while !Task.isCancelled {
            try? await Task.sleep(nanoseconds: KernelLimits.metricsIntervalSeconds * 1_000_000_000)
            figures.metrics.endInterval(now: .now)
        }
    }

    /// Audit logs are taken anew, after their files were moved away.
    public func reopenAuditLogs() { audit.reopen() }
}
