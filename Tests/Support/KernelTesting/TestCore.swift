// A core in memory, initialised and unsealed, with a client that speaks to its pipeline.

internal import Barrier
public import Cryptography
public import JSON
public import Kernel
internal import Logging
public import Paths
public import Storage

/// A running core.
public struct TestCore: Sendable {
    public let core: Core
    public let pipeline: RequestPipeline
    public let launcher: FakeLauncher
    public let store: any PhysicalStore
    public let shares: [SecretBytes]
    public let rootToken: String

    /// Initialised with `shares` and `threshold`, and unsealed.
    public init(
        _ types: [FakeEngineType] = [.echo, .store], shares: Int = 1, threshold: Int = 1,
        settings: CoreSettings = CoreSettings()
    ) async throws {
        try await self.init(
            types, store: MemoryStore(), shares: shares, threshold: threshold, settings: settings)
        for share in self.shares.prefix(threshold) { try await core.unseal(share: share) }
    }

    /// Initialised and sealed, on a store.
    public init(
        _ types: [FakeEngineType], store: any PhysicalStore, shares: Int, threshold: Int,
        settings: CoreSettings = CoreSettings()
    ) async throws {
        self.store = store
        launcher = FakeLauncher(types)
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        core = Core(
            barrier: Barrier(store: store), launcher: launcher, settings: settings, logger: logger)
        pipeline = RequestPipeline(core: core)
        let result = try await core.initialize(shares: shares, threshold: threshold)
        self.shares = result.shares
        rootToken = String(decoding: result.rootToken.exposedBytes(), as: UTF8.self)
    }

    private init(
        restarting old: TestCore, _ types: [FakeEngineType], _ settings: CoreSettings,
        on other: (any PhysicalStore)? = nil
    ) {
        store = other ?? old.store
        launcher = FakeLauncher(types)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        core = Core(
            barrier: Barrier(store: store), launcher: launcher, settings: settings, logger: logger)
        pipeline = RequestPipeline(core: core)
        shares = old.shares
        rootToken = old.rootToken
    }

    /// Another core on the same store, as after a crash of this one, unsealed.
    public func restarted(
        _ types: [FakeEngineType], settings: CoreSettings = CoreSettings()
    ) async throws -> TestCore {
        let next = TestCore(restarting: self, types, settings)
        for share in shares { try await next.core.unseal(share: share) }
        return next
    }

    /// The same on what another store has kept.
    public func restarted(
        on store: any PhysicalStore, _ types: [FakeEngineType],
        settings: CoreSettings = CoreSettings()
    ) async throws -> TestCore {
        let next = TestCore(restarting: self, types, settings, on: store)
        for share in shares { try await next.core.unseal(share: share) }
        return next
    }

    /// Another core on the same store, sealed.
    public func restartedSealed(settings: CoreSettings) -> TestCore {
        TestCore(restarting: self, [.echo, .store], settings)
    }

    /// Sends a request as a client would; `token` is the root token unless said otherwise.
    public func call(
        _ operation: Paths.Operation, _ path: String, _ body: JSONValue? = nil,
        token: String? = nil, namespace: String = "", wrapTTL: UInt64? = nil,
        from remoteAddress: String = "", permissions: ListenerPermissions = [],
        headers: [(name: String, value: String)] = []
    ) async -> TestResponse {
        let secret = token ?? rootToken
        let request = ClientRequest(
            operation: operation, path: path, hasEmptySegments: path.contains("//"),
            token: secret.isEmpty ? nil : SecretBytes(utf8: secret), namespace: namespace,
            data: body?.encoded() ?? [], wrapTTLSeconds: wrapTTL, remoteAddress: remoteAddress,
            headers: headers,
            listenerPermissions: permissions)
        return await withCheckedContinuation { continuation in
            pipeline.handle(request) { continuation.resume(returning: TestResponse($0)) }
        }
    }

    /// Makes a token with these policies and gives its text.
    public func token(_ policies: [String], _ more: JSONObject = [:]) async throws -> String {
        var body = more
        body["policies"] = .strings(policies)
        let response = await call(.update, "auth/token/create", .object(body))
        return try response.requireToken()
    }

    /// The names of all entries in the store, in byte order.
    public func storedKeys() throws -> [String] {
        var keys: [String] = []
        var folders = [""]
        while let folder = folders.popLast() {
            for name in try store.list(folder, after: "", limit: 100_000) {
                if name.utf8.last == UInt8(ascii: "/") {
                    folders.append(folder + name)
                } else {
                    keys.append(folder + name)
                }
            }
        }
        return keys.sorted()
    }

    /// Writes a policy.
    public func policy(_ name: String, _ text: String) async {
        _ = await call(.update, "sys/policies/acl/\(name)", ["policy": .string(text)])
    }
}

/// A response, taken apart for expectations.
public struct TestResponse: Sendable {
    public struct NoToken: Error {}

    public let status: Int
    public let headers: [(name: String, value: String)]
    public let errors: [String]
    public let warnings: [String]
    public let data: JSONValue?
    public let auth: JSONValue?
    public let wrapInfo: JSONValue?
    /// Empty when there is no lease.
    public let leaseID: String
    public let isRenewable: Bool
    public let leaseDuration: Int

    init(_ response: ClientResponse) {
        status = response.status
        headers = response.headers
        if case .envelope(let envelope) = response.body {
            wrapInfo = envelope.wrapInfo
            leaseID = envelope.leaseID
            isRenewable = envelope.renewable
            leaseDuration = Int(clamping: envelope.leaseDurationSeconds)
        } else {
            (wrapInfo, leaseID, isRenewable, leaseDuration) = (nil, "", false, 0)
        }
        switch response.body {
        case .none: (errors, warnings, data, auth) = ([], [], nil, nil)
        case .errors(let errors, let warnings):
            (self.errors, self.warnings, data, auth) = (errors, warnings, nil, nil)
        case .json(let bytes):
            (errors, warnings, data, auth) = ([], [], try? JSONValue(parsing: bytes), nil)
        case .raw(_, let bytes):
            (errors, warnings, data, auth) = (
                [], [], .string(String(decoding: bytes, as: UTF8.self)), nil
            )
        case .envelope(let envelope):
            errors = []
            warnings = envelope.warnings
            data = envelope.data.flatMap { try? JSONValue(parsing: $0) }
            auth = envelope.auth
        case .stream(let contentType, _):
            (errors, warnings, data, auth) = ([], [], .string(contentType), nil)
        }
    }

    public func requireToken() throws -> String {
        guard let token = auth?["client_token"]?.stringValue else { throw NoToken() }
        return token
    }

    public func requireWrappingToken() throws -> String {
        guard let token = wrapInfo?["token"]?.stringValue else { throw NoToken() }
        return token
    }
}
