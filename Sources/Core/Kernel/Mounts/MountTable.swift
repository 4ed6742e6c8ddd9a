// The mounts of one namespace: read by every request, changed by few.

internal import Barrier
internal import Cryptography
internal import JSON
internal import Logging
internal import Synchronization

/// The mount table, one stored entry per mount below `<namespace>/mounts/`.
final class MountTable: Sendable {
    let barrier: Barrier
    private let namespace: Namespace
    private let directory: NamespaceDirectory
    private let prefix: String
    let launcher: any BackendLauncher
    let plugins: PluginCatalog
    private let bounds: NamespaceBoundsTable
    private let settings: CoreSettings
    private let intents: IntentStore
    private let wakes: MountWakes
    private let passwordPolicies: PasswordPolicyStore
    private let identity: IdentityStore
    let logger: Logger
    let router: Snapshot<Router>
    let changes = AsyncLock()
    /// Mounts that take no requests any more and whose leases are being revoked.
    private let ending = Mutex<[UUID128: Mount]>([:])
    /// Engines that want to know of changes to their entries.
    let entryChanges = MountChanges()

    /// Reads the table. `builtIn` are the core's own engines, which are not stored.
    init(
        barrier: Barrier, namespace: Namespace, directory: NamespaceDirectory,
        launcher: any BackendLauncher,
        plugins: PluginCatalog, bounds: NamespaceBoundsTable,
        settings: CoreSettings, intents: IntentStore,
        wakes: MountWakes, passwordPolicies: PasswordPolicyStore,
        identity: IdentityStore, logger: Logger
    ) throws(BackendFailure) {
        self.barrier = barrier
        self.namespace = namespace
        self.directory = directory
        let prefix = namespace.storagePrefix
        self.prefix = prefix
        self.launcher = launcher
        self.plugins = plugins
        self.bounds = bounds
        self.settings = settings
        self.intents = intents
        self.wakes = wakes
        self.passwordPolicies = passwordPolicies
        self.identity = identity
        self.logger = logger
        var router = Router()
        try barrier.forEachName(in: Self.folder(of: namespace)) { name throws(BackendFailure) in
            guard let stored = try barrier.read(Self.folder(of: namespace) + name) else { return }
            router = router.adding(
                Mount(entry: try MountEntry(decoding: stored.value), in: namespace))
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
        let launcher = self.launcher
        return try await mount.backend { () async throws(BackendFailure) in
            try await launcher.open(try self.describe(mount.entry))
        }
    }

    func describe(_ entry: MountEntry) throws(BackendFailure) -> BackendMount {
        let lifetimes = lifetimes(entry.settings)
        let (bounds, namespace) = (bounds, namespace)
        let program = try plugins.program(for: entry.plugin, remembering: entry.pluginVersion)
        var mount = BackendMount(
            id: entry.id, namespaceID: namespace.id, kind: entry.kind, type: entry.type,
            program: program, path: entry.route, options: entry.options,
            defaultLeaseTTLSeconds: UInt64(lifetimes.defaultTTL),
            maxLeaseTTLSeconds: UInt64(lifetimes.maxTTL),
            storage: storage(of: entry, databases: databases(of: entry)),
            bounds: { bounds.bounds(of: namespace) })
        if let program {
            let (id, version, plugins) = (program.id, program.version, plugins)
            mount.registered = { plugins.program(id, version: version) }
        }
        return mount
    }

    /// The mount's own storage, for looking whether an entry is there.
    func storage(of entry: MountEntry, databases: MountDatabases? = nil) -> MountStorage {
        MountStorage(
            barrier: barrier, prefix: dataPrefix(entry),
            intents: MountIntents(store: intents, mount: entry.id), changes: entryChanges,
            passwordPolicies: passwordPolicies, identity: identity, databases: databases)
    }

    /// The database plugins that will work for a mount, none of which runs yet. Which engine may
    /// have any is the host's to say.
    private func databases(of entry: MountEntry) -> MountDatabases {
        let (barrier, bounds, namespace) = (barrier, bounds, namespace)
        return MountDatabases(launcher: launcher, plugins: plugins, logger: logger) { program in
            BackendMount(
                id: entry.id, namespaceID: namespace.id, kind: .database, type: program.name,
                program: program, path: entry.route, options: [:], defaultLeaseTTLSeconds: 0,
                maxLeaseTTLSeconds: 0, storage: MountStorage(closedIn: barrier),
                bounds: { bounds.bounds(of: namespace) })
        }
    }

    func dataPrefix(_ entry: MountEntry) -> String {
        prefix + "mount/" + entry.id.text + "/"
    }

    // MARK: Changing

    /// Adds one of the core's own engines. It is not stored, but for what it was tuned to.
    func addBuiltIn(_ mount: Mount) throws(BackendFailure) {
        var entry = mount.entry
        if let stored = try barrier.read(entryKey(mount)) {
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
            try self.bounds.places.take(
                entry.id, in: self.namespace, within: self.bounds, of: self.directory)
            defer { self.bounds.places.leave(entry.id) }
            let backend = try await self.launcher.open(try self.describe(entry))
            let mount = Mount(entry: entry, in: self.namespace, backend: backend)
            do throws(BackendFailure) {
                try await self.barrier.put(self.entryKey(mount), entry.encoded())
            } catch {
                await backend.close()
                throw error
            }
            self.router.store(self.router.value.adding(mount))
        }
        logger.info("mount enabled", metadata: ["path": "\(entry.route)", "type": "\(entry.type)"])
    }

    /// A mount that is in the way of a new one, also one that is about to be gone.
    private func conflict(with route: String) -> String? {
        directory.namespace(over: route, in: namespace) ?? router.value.conflict(with: route)
            ?? ending.withLock { Router(Array($0.values)) }.conflict(with: route)
    }

    /// Removes a mount with all its data. Nothing happens if there is none. `endLeases` runs when
    /// no request reaches the mount any more and its engine is still there; it may take its time,
    /// and other mounts can be changed meanwhile. If it throws, the mount stays.
    func disable(
        _ route: String, endLeases: (Mount) async throws(BackendFailure) -> Void
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
        try await end(mount, endLeases)
        try await changes.withLock { () async throws(BackendFailure) in
            await mount.close()
            defer { self.ending.withLock { $0[mount.entry.id] = nil } }
            // The data go first: if that fails or the process dies, the mount is still there and
            // can be disabled again.
            do throws(BackendFailure) {
                try await self.barrier.deleteFolder(self.dataPrefix(mount.entry))
                try await self.barrier.delete(self.entryKey(mount))
                try await self.wakes.forget(mount.entry.id)
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
            guard let mount = self.router.value[route] else {
                throw BackendFailure(.invalidRequest, "no mount can be tuned at \"\(route)\"")
            }
            var entry = mount.entry
            try change(&entry)
            guard entry != mount.entry else { return }
            try await self.replace(mount, with: mount.with(entry: entry))
        }
    }

    /// Gives a mount another route. Its data, engine and accessor stay as they are. `endLeases`
    /// runs when no request reaches the mount: what was given out under the old route ends with it.
    func move(
        _ route: String, to target: String,
        endLeases: (Mount) async throws(BackendFailure) -> Void
    ) async throws(BackendFailure) {
        let mount = try await changes.withLock { () async throws(BackendFailure) in
            guard let mount = self.router.value[route], !mount.isBuiltIn else {
                throw BackendFailure(.invalidRequest, "no matching mount at \"\(route)\"")
            }
            try self.checkFree(target)
            self.ending.withLock { $0[mount.entry.id] = mount }
            self.router.store(self.router.value.removing(route))
            return mount
        }
        try await end(mount, endLeases)
        try await changes.withLock { () async throws(BackendFailure) in
            self.ending.withLock { $0[mount.entry.id] = nil }
            do throws(BackendFailure) {
                try self.checkFree(target)
                var entry = mount.entry
                entry.path =
                    entry.kind == .auth ? String(target.dropFirst("auth/".count)) : target
                try await self.replace(mount, with: mount.with(entry: entry))
            } catch {
                self.router.store(self.router.value.adding(mount))
                throw error
            }
        }
        logger.info("mount moved", metadata: ["from": "\(route)", "to": "\(target)"])
    }

    /// Ends what a mount gave out, or lets requests in again.
    private func end(
        _ mount: Mount, _ endLeases: (Mount) async throws(BackendFailure) -> Void
    ) async throws(BackendFailure) {
        do throws(BackendFailure) { try await endLeases(mount) } catch {
            try await changes.withLock { () async throws(BackendFailure) in
                self.ending.withLock { $0[mount.entry.id] = nil }
                self.router.store(self.router.value.adding(mount))
            }
            throw error
        }
    }

    /// Runs `make` while no mount is added or moved, if there is room for a namespace at `path`.
    func reserving(
        _ path: String, _ make: @Sendable () async throws(BackendFailure) -> Void
    ) async throws(BackendFailure) {
        try await changes.withLock { () async throws(BackendFailure) in
            try self.checkFree(path)
            try await make()
        }
    }

    func checkFree(_ route: String) throws(BackendFailure) {
        guard let conflict = conflict(with: route) else { return }
        throw BackendFailure(.invalidRequest, "path already in use at \"\(conflict)\"")
    }

    /// Puts a changed mount in the place of the old one, for all requests at once. Called with the
    /// lock held.
    private func replace(_ old: Mount, with new: Mount) async throws(BackendFailure) {
        // The engine may refuse the options; then nothing is stored.
        try await hand(new, to: old)
        do throws(BackendFailure) {
            try await barrier.put(entryKey(new), new.entry.encoded())
        } catch {
            try? await hand(old, to: new)
            throw error
        }
        router.store(router.value.removing(old.entry.route).adding(new))
    }

    /// Ends all engines' use, when the server seals.
    func closeAll() async {
        for mount in router.value.mounts.values { await mount.close() }
        for mount in ending.withLock({ Array($0.values) }) { await mount.close() }
    }

    /// What the core's own engines were tuned to lies apart: they are not mounted from there.
    func entryKey(_ mount: Mount) -> String {
        let folder = mount.isBuiltIn ? prefix + "core-mounts/" : Self.folder(of: namespace)
        return folder + mount.entry.id.text
    }

    /// Where the mounts of a namespace are stored, by their ids.
    static func folder(of namespace: Namespace) -> String { namespace.storagePrefix + "mounts/" }
}
