// The plugins that were registered, behind the barrier. One catalog for the whole server.

internal import Barrier
internal import Logging

/// Programs by plugin, and the versions that plugins are pinned to.
final class PluginCatalog: Sendable {
    struct Table: Sendable {
        /// The versions of a plugin from the oldest to the newest; the one without a version first.
        var programs: [PluginID: [PluginProgram]] = [:]
        var pins: [PluginID: String] = [:]
    }

    private static let entries = "core/plugins/catalog/"
    private static let pins = "core/plugins/pins/"

    private let barrier: Barrier
    private let launcher: any BackendLauncher
    private let table: Snapshot<Table>
    private let changes = AsyncLock()

    init(barrier: Barrier, launcher: any BackendLauncher) throws(BackendFailure) {
        self.barrier = barrier
        self.launcher = launcher
        var table = Table()
        try barrier.forEachName(in: Self.entries) { name throws(BackendFailure) in
            guard let stored = try barrier.read(Self.entries + name) else { return }
            table.insert(try PluginProgram(decoding: stored.value))
        }
        try barrier.forEachName(in: Self.pins) { name throws(BackendFailure) in
            guard let stored = try barrier.read(Self.pins + name),
                let id = PluginID(key: name)
            else { return }
            table.pins[id] = String(decoding: stored.value, as: UTF8.self)
        }
        self.table = Snapshot(table)
    }

    // MARK: Reading

    /// All registered programs, by kind, name and version.
    var programs: [PluginProgram] {
        table.value.programs.sorted { $0.key.key < $1.key.key }.flatMap(\.value)
    }

    var builtIns: [CatalogEntry] {
        launcher.catalog.sorted { ($0.kind.rawValue, $0.type) < ($1.kind.rawValue, $1.type) }
    }

    func builtIn(_ id: PluginID) -> CatalogEntry? {
        launcher.catalog.first { $0.kind == id.kind && $0.type == id.name }
    }

    func program(_ id: PluginID, version: String) -> PluginProgram? {
        table.value.programs[id]?.first { $0.version == version }
    }

    /// Whether it is registered in any version, or came with the server.
    func has(_ id: PluginID) -> Bool {
        table.value.programs[id] != nil || builtIn(id)?.isBuiltin == true
    }

    var pins: [(id: PluginID, version: String)] {
        table.value.pins.map { ($0.key, $0.value) }.sorted { $0.id.key < $1.id.key }
    }

    func pin(_ id: PluginID) -> String? { table.value.pins[id] }

    // MARK: Which version runs

    /// The version that a mount is to remember: the one it asks for, else the newest if only
    /// versions are registered. "" stands for the pinned one, the one without a version, or the
    /// built-in one.
    func choose(_ id: PluginID, asking requested: String) throws(BackendFailure) -> String {
        let table = table.value
        let requested = try PluginVersion(requested).text
        if requested.isEmpty {
            let programs = table.programs[id] ?? []
            guard table.pins[id] == nil, let newest = programs.last,
                programs.first?.version.isEmpty == false
            else { return "" }
            return newest.version
        }
        if let pinned = table.pins[id], pinned != requested {
            throw BackendFailure(
                .invalidRequest,
                "\(id.label) is pinned to version \(pinned); version \(requested) cannot be used "
                    + "before the pin is deleted")
        }
        if program(id, version: requested) != nil { return requested }
        // The built-in one has no version of its own that a mount could be held to.
        if builtIn(id)?.shownVersion == requested { return "" }
        throw Self.missing(id, requested)
    }

    /// What to run for a mount that remembers `version`; `nil` is the built-in plugin.
    func program(
        for id: PluginID, remembering version: String
    ) throws(BackendFailure) -> PluginProgram? {
        let wanted = table.value.pins[id] ?? version
        if let program = program(id, version: wanted) { return program }
        // What was pinned or chosen is never replaced by something else behind anybody's back.
        guard wanted.isEmpty else { throw Self.missing(id, wanted) }
        return nil
    }

    private static func missing(_ id: PluginID, _ version: String) -> BackendFailure {
        BackendFailure(
            .invalidRequest,
            "plugin not found in the catalog: \(id.label) has no version \(version)")
    }

    // MARK: Changing

    /// What a plugin that comes with the server may do.
    func permissions(of entry: CatalogEntry) async throws(BackendFailure) -> PluginPermissions {
        try await launcher.permissions(of: entry)
    }

    /// Adds an entry or replaces the one of the same version. Its file is looked at first; what it
    /// says that it needs is the answer.
    @discardableResult
    func register(_ program: PluginProgram) async throws(BackendFailure) -> PluginPermissions {
        let needed = try await launcher.check(program)
        try await change { (table, batch) throws(BackendFailure) in
            table.insert(program)
            guard table.programs.values.reduce(0, { $0 + $1.count }) <= KernelLimits.pluginEntries
            else { throw BackendFailure(.invalidRequest, "the plugin catalog is full") }
            batch.puts.append((Self.key(program.id, program.version), program.encoded()))
        }
        await launcher.registered(program)
        return needed
    }

    /// Removes an entry, if there is one.
    func deregister(_ id: PluginID, version: String) async throws(BackendFailure) {
        try await change { (table, batch) throws(BackendFailure) in
            if let pinned = table.pins[id], pinned == version {
                throw BackendFailure(
                    .invalidRequest,
                    "\(id.label) is pinned to version \(pinned): delete the pin first")
            }
            table.remove(id, version: version)
            batch.deletes.append(Self.key(id, version))
        }
    }

    func pin(_ id: PluginID, to version: String) async throws(BackendFailure) {
        try await change { (table, batch) throws(BackendFailure) in
            guard table.programs[id]?.contains(where: { $0.version == version }) == true else {
                throw Self.missing(id, version)
            }
            table.pins[id] = version
            batch.puts.append((Self.pins + id.key, Array(version.utf8)))
        }
    }

    func unpin(_ id: PluginID) async throws(BackendFailure) {
        try await change { (table, batch) throws(BackendFailure) in
            table.pins[id] = nil
            batch.deletes.append(Self.pins + id.key)
        }
    }

    private static func key(_ id: PluginID, _ version: String) -> String {
        entries + id.key + ":" + version
    }

    private func change(
        _ edit: @escaping @Sendable (inout Table, inout BarrierBatch) throws(BackendFailure) -> Void
    ) async throws(BackendFailure) {
        try await changes.withLock { () async throws(BackendFailure) in
            var table = self.table.value
            var batch = BarrierBatch()
            try edit(&table, &batch)
            try await self.barrier.write(batch)
            self.table.store(table)
        }
    }
}

extension PluginProgram {
    var id: PluginID { PluginID(kind: kind, name: name) }
}

extension CatalogEntry {
    /// A built-in plugin is a part of its server.
    var shownVersion: String {
        guard isBuiltin else { return version }
        return "v" + (version.isEmpty ? CofferVersion.text : version) + "+builtin"
    }
}

extension PluginID {
    fileprivate init?(key: String) {
        let parts = key.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, let kind = BackendKind(rawValue: parts[0]) else { return nil }
        self.init(kind: kind, name: parts[1])
    }
}

extension PluginCatalog.Table {
    fileprivate mutating func insert(_ program: PluginProgram) {
        remove(program.id, version: program.version)
        programs[program.id, default: []].append(program)
        programs[program.id]?.sort {
            (PluginVersion(parsing: $0.version) ?? .none)
                < (PluginVersion(parsing: $1.version) ?? .none)
        }
    }

    fileprivate mutating func remove(_ id: PluginID, version: String) {
        programs[id]?.removeAll { $0.version == version }
        if programs[id]?.isEmpty == true { programs[id] = nil }
    }
}
