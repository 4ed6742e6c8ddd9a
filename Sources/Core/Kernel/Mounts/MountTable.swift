// The mounts of one namespace: read by every request, changed by few.

internal import Barrier
internal import Cryptography
internal import JSON
internal import Logging
internal import Synchronization

/// The mount table, one stored entry per mount below `<namespace>/mounts/`.
final class MountTable: Sendable {
    private let barrier: Barrier
    private let prefix: String
    private let launcher: any BackendLauncher
    private let settings: CoreSettings
    private let intents: IntentStore
    private let logger: Logger
    private let router: Snapshot<Router>
    private let changes = AsyncLock()
    /// Mounts that take no requests any more and whose leases are being revoked.
    private let ending = Mutex<[UUID128: Mount]>([:])

    /// Reads the table. `builtIn` are the core's own engines, which are not stored.
    init(
        barrier: Barrier, namespacePrefix: String, launcher: any BackendLauncher,
        settings: CoreSettings, intents: IntentStore, logger: Logger
    ) throws(BackendFailure) {
        self.barrier = barrier
        self.prefix = namespacePrefix
        self.launcher = launcher
        self.settings = settings
        self.intents = intents
        self.logger = logger
        var router = Router()
        try barrier.forEachName(in: namespacePrefix + "mounts/") { name throws(BackendFailure) in
            guard let stored = try barrier.read(namespacePrefix + "mounts/" + name) else { return }
            router = router.adding(Mount(entry: try MountEntry(decoding: stored.value)))
        }
        self.router = Snapshot(router)
    }

    // MARK: Reading

    func route(_ path: String) -> (mount: Mount, rest: String)? { router.value.route(path) }

    subscript(route: String) -> Mount? { router.value[route] }

    var all: some Collection<Mount> { router.value.mounts.values }

    /// The mount with this id, as long as its engine can be asked anything.
    subscript(id id: UUID128) -> Mount? {
        router.value[id: id] ?? ending.withLock { $0[id] }
    }

    /// Whether requests reach this mount.
    func isServing(_ id: UUID128) -> Bool { router.value[id: id] != nil }

    /// All mounts of a kind, by path.
    func mounts(_ kind: BackendKind) -> [Mount] {
        router.value.mounts.values.filter { $0.entry.kind == kind }.sorted {
            $0.entry.path.utf8.lexicographicallyPrecedes($1.entry.path.utf8)
        }
    }

    /// Lifetimes that hold for a mount: its own, else the system's.
    func lifetimes(_ settings: MountSettings) -> (defaultTTL: Int64, maxTTL: Int64) {
        (
            settings.defaultLeaseTTLSeconds > 0
                ? settings.defaultLeaseTTLSeconds : self.settings.defaultLeaseTTLSeconds,
            settings.maxLeaseTTLSeconds > 0
                ? settings.maxLeaseTTLSeconds : self.settings.maxLeaseTTLSeconds
        )
    }

    /// The mount's backend, opened if this is its first use.
    func backend(of mount: Mount) async throws(BackendFailure) -> any Backend {
        let description = describe(mount.entry)
        let launcher = self.launcher
        return try await mount.backend { () async throws(BackendFailure) in
            try await launcher.open(description)
        }
    }

    private func describe(_ entry: MountEntry) -> BackendMount {
        let lifetimes = lifetimes(entry.settings)
        return BackendMount(
            id: entry.id, kind: entry.kind, type: entry.type, path: entry.route,
            options: entry.options, defaultLeaseTTLSeconds: UInt64(lifetimes.defaultTTL),
            maxLeaseTTLSeconds: UInt64(lifetimes.maxTTL),
            storage: storage(of: entry))
    }

    /// The mount's own storage, for looking whether an entry is there.
    func storage(of entry: MountEntry) -> MountStorage {
        MountStorage(
            barrier: barrier, prefix: dataPrefix(entry),
            intents: MountIntents(store: intents, mount: entry.id))
    }

    func dataPrefix(_ entry: MountEntry) -> String {
        prefix + "mount/" + entry.id.text + "/"
    }

    // MARK: Changing

    /// Adds one of the core's own engines. Of those only what was tuned is stored.
    func addBuiltIn(_ mount: Mount) throws(BackendFailure) {
        var entry = mount.entry
        if let stored = try barrier.read(builtInKey(entry)) {
            let tuned = try MountEntry(decoding: stored.value)
            entry.settings = tuned.settings
            entry.description = tuned.description
        }
        router.store(router.value.adding(mount.with(entry: entry)))
    }

    /// Mounts an engine: opens it, stores the entry, then lets requests in.
    func enable(_ entry: MountEntry) async throws(BackendFailure) {
        try await changes.withLock { () async throws(BackendFailure) in
            if let conflict = self.conflict(with: entry.route) {
                throw BackendFailure(.invalidRequest, "path is already in use at \(conflict)")
            }
            guard self.router.value.mounts.count < KernelLimits.mountsPerNamespace else {
                throw BackendFailure(.invalidRequest, "there are too many mounts")
            }
            let backend = try await self.launcher.open(self.describe(entry))
            do throws(BackendFailure) { try await self.store(entry) } catch {
                await backend.close()
                throw error
            }
            self.router.store(self.router.value.adding(Mount(entry: entry, backend: backend)))
        }
        logger.info("mount enabled", metadata: ["path": "\(entry.route)", "type": "\(entry.type)"])
    }

    /// A mount that is in the way of a new one, also one that is about to be gone.
    private func conflict(with route: String) -> String? {
        router.value.conflict(with: route)
            ?? ending.withLock { Router(Array($0.values)) }.conflict(with: route)
    }

    /// Removes a mount with all its data. Nothing happens if there is none. `endLeases` runs when
    /// no request reaches the mount any more and its engine is still there; it may take its time,
    /// and other mounts can be changed meanwhile.
    func disable(
        _ route: String, endLeases: (Mount) async -> Void
    ) async throws(BackendFailure) {
        let found = try await changes.withLock { () async throws(BackendFailure) -> Mount? in
            guard let mount = self.router.value[route] else { return nil }
            if mount.isBuiltIn {
                throw BackendFailure(.invalidRequest, "cannot unmount \"\(route)\"")
            }
            // No new request gets in from here; those under way end with the backend.
            self.ending.withLock { $0[mount.entry.id] = mount }
            self.router.store(self.router.value.removing(route))
            return mount
        }
        guard let mount = found else { return }
        await endLeases(mount)
        try await changes.withLock { () async throws(BackendFailure) in
            await mount.close()
            defer { self.ending.withLock { $0[mount.entry.id] = nil } }
            // The data go first: if that fails or the process dies, the mount is still there and
            // can be disabled again.
            do throws(BackendFailure) {
                try await self.barrier.deleteFolder(self.dataPrefix(mount.entry))
                try await self.barrier.delete(self.entryKey(mount.entry))
            } catch {
                self.router.store(self.router.value.adding(mount))
                throw error
            }
        }
        logger.info("mount disabled", metadata: ["path": "\(route)"])
    }

    /// Changes a mount's settings, options or description.
    func tune(
        _ route: String,
        _ change: @escaping @Sendable (inout MountEntry) throws(BackendFailure) -> Void
    ) async throws(BackendFailure) {
        try await changes.withLock { () async throws(BackendFailure) in
            guard let mount = self.router.value[route], mount.isTunable else {
                throw BackendFailure(.invalidRequest, "no mount can be tuned at \"\(route)\"")
            }
            var entry = mount.entry
            try change(&entry)
            guard entry != mount.entry else { return }
            // The engine may refuse the options; then nothing is stored.
            try await self.backend(of: mount).reconfigure(self.describe(entry))
            do throws(BackendFailure) { try await self.store(entry, mount) } catch {
                try? await self.backend(of: mount).reconfigure(self.describe(mount.entry))
                throw error
            }
            self.router.store(self.router.value.adding(mount.with(entry: entry)))
        }
    }

    /// Ends all engines' use, when the server seals.
    func closeAll() async {
        for mount in router.value.mounts.values { await mount.close() }
        for mount in ending.withLock({ Array($0.values) }) { await mount.close() }
    }

    private func entryKey(_ entry: MountEntry) -> String { prefix + "mounts/" + entry.id.text }

    /// Apart from the table, whose entries are opened by the launcher.
    private func builtInKey(_ entry: MountEntry) -> String {
        prefix + "core-mounts/" + entry.id.text
    }

    private func store(
        _ entry: MountEntry, _ mount: Mount? = nil
    ) async throws(BackendFailure) {
        let key = mount?.isBuiltIn ?? false ? builtInKey(entry) : entryKey(entry)
        try await barrier.put(key, entry.encoded())
    }
}
