// The database plugins that work for one mount's engine: which entries of the catalog they are, and
// that each has a process of its own that no other mount shares.

public import Cryptography
internal import JSON
internal import Logging
internal import Paths
internal import Synchronization

/// One operation of a database plugin, as an engine asks for it.
public struct DatabasePluginRequest: Sendable {
    public enum Purpose: Sendable {
        /// A connection is made or changed: it takes what the catalog gives to whoever asks.
        case configure
        /// A connection stays with its version, unless the plugin is pinned to another.
        case use
        /// The plugin is to run anew.
        case reload
    }

    /// The plugin's name in the catalog, and the version that is meant; an empty one leaves it to
    /// the catalog.
    public var plugin: String
    public var version: String
    /// The path of the request that the plugin gets.
    public var operation: String
    public var purpose: Purpose
    /// A JSON object.
    public var data: [UInt8]
    /// The lane and the id of the request that it is for.
    public var lane: Int
    public var requestID: UUID128
    public var deadlineNanoseconds: UInt64

    public init(
        plugin: String, version: String, operation: String, purpose: Purpose, data: [UInt8],
        lane: Int, requestID: UUID128, deadlineNanoseconds: UInt64
    ) {
        self.plugin = plugin
        self.version = version
        self.operation = operation
        self.purpose = purpose
        self.data = data
        self.lane = lane
        self.requestID = requestID
        self.deadlineNanoseconds = deadlineNanoseconds
    }
}

public struct DatabasePluginAnswer: Sendable {
    /// A JSON object, or nothing.
    public var data: [UInt8]
    /// Of the entry that answered.
    public var version: String
}

public final class MountDatabases: Sendable {
    public typealias Handler = @Sendable (Result<DatabasePluginAnswer, BackendFailure>) -> Void

    private struct Key: Hashable {
        var name: String
        var version: String
    }

    private enum Slot {
        case opening(Task<Result<any Backend, BackendFailure>, Never>)
        case open(any Backend)
    }

    private struct State {
        var slots: [Key: Slot] = [:]
        var isClosed = false
    }

    private let launcher: any BackendLauncher
    private let plugins: PluginCatalog
    private let logger: Logger
    private let describe: @Sendable (PluginProgram) -> BackendMount
    private let state = Mutex(State())

    init(
        launcher: any BackendLauncher, plugins: PluginCatalog, logger: Logger,
        describe: @escaping @Sendable (PluginProgram) -> BackendMount
    ) {
        self.launcher = launcher
        self.plugins = plugins
        self.logger = logger
        self.describe = describe
    }

    /// `then` is called once, on any thread.
    public func call(_ call: DatabasePluginRequest, then: @escaping Handler) {
        let program: PluginProgram
        do throws(BackendFailure) { program = try self.program(for: call) } catch {
            return then(.failure(error))
        }
        if call.purpose == .reload { return reload(program, then) }
        let key = Key(name: program.name, version: program.version)
        if case .open(let backend) = state.withLock({ $0.slots[key] }) {
            return Self.send(call, to: backend, program, then)
        }
        Task {
            do throws(BackendFailure) {
                Self.send(call, to: try await self.backend(key, program), program, then)
            } catch {
                then(.failure(error))
            }
        }
    }

    /// Ends the plugins' work for the mount.
    public func close() async {
        let slots = state.withLock { state in
            state.isClosed = true
            defer { state.slots = [:] }
            return Array(state.slots.values)
        }
        for slot in slots {
            switch slot {
            case .open(let backend): await backend.close()
            case .opening(let task): if case .success(let b) = await task.value { await b.close() }
            }
        }
    }

    // MARK: The catalog

    private func program(
        for call: DatabasePluginRequest
    ) throws(BackendFailure) -> PluginProgram {
        let id = PluginID(kind: .database, name: call.plugin)
        guard PluginID.isName(call.plugin), plugins.has(id) else { throw missing(id) }
        let version =
            call.purpose == .configure || call.version.isEmpty
            ? try plugins.choose(id, asking: call.version) : call.version
        guard let program = try plugins.program(for: id, remembering: version) else {
            throw missing(id)
        }
        return program
    }

    private func missing(_ id: PluginID) -> BackendFailure {
        let shown = VisibleText.escaping(String(id.name.prefix(KernelLimits.pluginNameBytes)))
        for kind in [BackendKind.secret, .auth]
        where plugins.has(PluginID(kind: kind, name: id.name)) {
            return BackendFailure(
                .invalidRequest,
                "\"\(shown)\" is a plugin of type \(kind.rawValue), and none of type database")
        }
        return BackendFailure(
            .invalidRequest, "plugin not found in the catalog: database plugin \"\(shown)\"")
    }

    // MARK: Processes

    private func backend(
        _ key: Key, _ program: PluginProgram
    ) async throws(BackendFailure) -> any Backend {
        let (launcher, mount) = (launcher, description(program))
        let slot = try state.withLock { (state) throws(BackendFailure) -> Slot in
            guard !state.isClosed else {
                throw BackendFailure(.unavailable, "the mount is closed")
            }
            if let slot = state.slots[key] { return slot }
            let slot = Slot.opening(
                Task {
                    do throws(BackendFailure) {
                        return .success(try await launcher.open(mount))
                    } catch { return .failure(error) }
                })
            state.slots[key] = slot
            return slot
        }
        switch slot {
        case .open(let backend): return backend
        case .opening(let task):
            let result = await task.value
            state.withLock { state in
                guard case .opening(task)? = state.slots[key] else { return }
                switch result {
                case .success(let backend): state.slots[key] = .open(backend)
                // The next call tries again.
                case .failure: state.slots[key] = nil
                }
            }
            return try result.get()
        }
    }

    private func description(_ program: PluginProgram) -> BackendMount {
        var mount = describe(program)
        let (id, version, plugins) = (program.id, program.version, plugins)
        mount.registered = { plugins.program(id, version: version) }
        return mount
    }

    /// The plugin's program as it is registered now takes the place of the one that runs, which
    /// finishes what it does. Nothing is to be done for one that does not run.
    private func reload(_ program: PluginProgram, _ then: @escaping Handler) {
        let key = Key(name: program.name, version: program.version)
        guard case .open(let backend) = state.withLock({ $0.slots[key] }) else {
            return then(.success(DatabasePluginAnswer(data: [], version: program.version)))
        }
        Task {
            do throws(BackendFailure) {
                let (logger, label) = (logger, program.id.label)
                try await backend.replace(for: description(program)) { reason in
                    logger.warning("the new program for \(label) was given up: \(reason)")
                }
                then(.success(DatabasePluginAnswer(data: [], version: program.version)))
            } catch {
                then(.failure(error))
            }
        }
    }

    private static func send(
        _ call: DatabasePluginRequest, to backend: any Backend, _ program: PluginProgram,
        _ then: @escaping Handler
    ) {
        guard JSONScanner.isObject(call.data), (try? JSONScanner.validate(call.data)) != nil else {
            return then(
                .failure(BackendFailure(.invalidRequest, "the call's data are no JSON object")))
        }
        let request = BackendRequest(
            lane: call.lane, operation: .update, path: call.operation, data: call.data,
            requestID: call.requestID, deadlineNanoseconds: call.deadlineNanoseconds)
        backend.handle(request) { outcome in
            switch outcome {
            case .success(let answer):
                then(
                    .success(
                        DatabasePluginAnswer(data: answer.data ?? [], version: program.version)))
            case .failure(let failure): then(.failure(failure))
            }
        }
    }
}
