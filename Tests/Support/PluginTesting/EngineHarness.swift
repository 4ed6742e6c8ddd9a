// Runs an engine in process against storage in memory: what the plugin runtime does with a
// handler's outcomes, without processes, sockets or waiting.
//
//     let harness = EngineHarness(engine)
//     _ = try harness.call(.update, "data/foo", ["data": ["a": 1]])
//     #expect(try harness.call(.read, "data/foo").json["data"]?["a"] == 1)

public import Clock
public import JSON
public import Paths
public import PluginSDK
import Synchronization
import Wire

public final class EngineHarness: Sendable {
    public let storage: MemoryStorage
    private let mounted: Mutex<MountedEngine>
    private let settings = Mutex(Settings())

    private struct Settings {
        var now: Timestamp?
        var prefetches = false
        var remoteAddress = "127.0.0.1"
        var headers: [TextPair] = []
        var roundTrips = 0
        var nextCall: UInt64 = 1
    }

    public init(_ engine: Engine, storage: MemoryStorage = MemoryStorage()) {
        self.storage = storage
        mounted = Mutex(MountedEngine(engine))
    }

    /// An engine as the plugin makes it for a mount, initialised.
    public convenience init(
        _ plugin: some Plugin, _ mount: MountConfiguration = MountConfiguration(),
        storage: MemoryStorage = MemoryStorage()
    ) throws {
        self.init(try plugin.engine(for: mount), storage: storage)
        try initialize()
    }

    /// What `Request.now` says; nil for the wall clock.
    public var now: Timestamp? {
        get { settings.withLock { $0.now } }
        set { settings.withLock { $0.now = newValue } }
    }

    /// Whether entries of a route's `reads` templates come with the request, as the core may do.
    public var prefetches: Bool {
        get { settings.withLock { $0.prefetches } }
        set { settings.withLock { $0.prefetches = newValue } }
    }

    /// Where the client's requests come from.
    public var remoteAddress: String {
        get { settings.withLock { $0.remoteAddress } }
        set { settings.withLock { $0.remoteAddress = newValue } }
    }

    /// The client's headers that the mount lets through.
    public var headers: [TextPair] {
        get { settings.withLock { $0.headers } }
        set { settings.withLock { $0.headers = newValue } }
    }

    /// Storage calls made so far.
    public var roundTrips: Int { settings.withLock { $0.roundTrips } }

    /// Runs the engine's `initialize`, if it has one.
    public func initialize() throws {
        _ = try call(.initialize, "")
    }

    /// The mount's options changed: another engine on the same storage.
    public func replace(_ engine: Engine) {
        mounted.withLock { $0 = MountedEngine(engine) }
    }

    /// Tells the engine that an entry changed behind its back.
    public func invalidate(_ key: String) {
        mounted.withLock { $0 }.engine.invalidate?(key)
    }

    @discardableResult
    public func call(
        _ operation: Operation, _ path: String, _ data: JSONValue? = nil
    ) throws -> Answer {
        try call(operation, path, bytes: data?.encoded() ?? [])
    }

    /// What the core asks about a lease: to renew or revoke it, with what its grant keeps, or to
    /// roll back, with an intent of `storage.intents`.
    @discardableResult
    public func call(
        _ operation: Operation, _ path: String, _ data: JSONValue? = nil, keeping kept: [UInt8]
    ) throws -> Answer {
        try call(operation, path, bytes: data?.encoded() ?? [], keeping: kept)
    }

    /// With a body as the client wrote it.
    @discardableResult
    public func call(
        _ operation: Operation, _ path: String, bytes: [UInt8], keeping kept: [UInt8] = []
    ) throws -> Answer {
        var request = EngineRequest(
            mount: MountID(high: 1, low: 1), operation: operation.rawValue,
            path: Array(path.utf8), data: bytes, requestID: [UInt8](0..<16),
            displayName: "test", remoteAddress: remoteAddress, headers: headers,
            internalData: kept)
        let engine = mounted.withLock { $0 }
        if prefetches {
            let keys = engine.prefetchKeys(path: path, operation: operation)
            request.prefetched = storage.entries(keys.map { Array($0.utf8) })
        }
        let response = try run(engine, request)
        if let failure = response.failure { throw PluginError(failure) }
        return Answer(response)
    }

    /// The host tells an engine of its own writes too, and of the write's success after that.
    private func tell(_ engine: MountedEngine, of action: StorageAction, _ reply: StorageReply) {
        guard let invalidate = engine.engine.invalidate, case .commit(let batch) = action,
            case .committed = reply
        else { return }
        for key in batch.puts.map(\.key) + batch.deletes {
            invalidate(String(decoding: key, as: UTF8.self))
        }
    }

    private func run(
        _ engine: MountedEngine, _ request: EngineRequest
    ) throws -> EngineResponse {
        let run = try HandlerRun(engine, request, now: now ?? .now)
        var step = run.start()
        while true {
            switch step {
            case .answer(let response): return response
            case .work(let body), .heavyWork(let body):
                step = run.resume(Result(catching: body).mapError { PluginError(reporting: $0) })
            case .wait(let body):
                let storage = storage
                let ask: @Sendable (StorageAction) -> StorageReply = { storage.perform($0) }
                let result = HostAccess.with(ask) { Result(catching: body) }
                step = run.resume(result.mapError { PluginError(reporting: $0) })
            case .call(let action):
                settings.withLock { $0.roundTrips += 1 }
                let reply = storage.perform(action)
                tell(engine, of: action, reply)
                step = run.resume(reply)
            }
        }
    }
}

extension Answer {
    /// The data as a tree; `null` when there is none.
    public var json: JSONValue {
        get throws { data.isEmpty ? .null : try JSONValue(parsing: data) }
    }
}
