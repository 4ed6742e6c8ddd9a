// An engine that makes credentials somewhere else, and can be made to fail, hang or die there.

public import JSON
internal import Kernel
internal import Paths
internal import Synchronization

/// The outside: credentials that live until somebody revokes them.
public final class CredentialDesk: Sendable {
    public enum Mood: Sendable {
        case well
        /// Revocations, renewals and rollbacks fail.
        case failing
        /// They do not reach the engine, which has no room to run.
        case crowdedOut
        /// They are not answered until the mood changes.
        case hanging
    }

    private struct State {
        var living: Set<String> = []
        var mood = Mood.well
        var made = 0
        var revocations = 0
        var stuck: Set<String> = []
        var atOnce = 0
        var mostAtOnce = 0
        var lastRenewal: JSONValue?
        var beforeAnswer: (@Sendable () async -> Void)?
    }

    private let state = Mutex(State())
    public let name: String

    public init(_ name: String = "credentials") { self.name = name }

    public var living: Set<String> { state.withLock { $0.living } }
    public var made: Int { state.withLock { $0.made } }
    /// Attempts to revoke, whether they went well or not.
    public var revocations: Int { state.withLock { $0.revocations } }
    /// Credentials whose revocation is not answered before they are taken out of here.
    public var stuck: Set<String> {
        get { state.withLock { $0.stuck } }
        set { state.withLock { $0.stuck = newValue } }
    }
    /// The most changes of credentials that were under way at one time.
    public var mostAtOnce: Int { state.withLock { $0.mostAtOnce } }
    /// What the engine was offered with the last renewal.
    public var lastRenewal: JSONValue? { state.withLock { $0.lastRenewal } }
    public var mood: Mood {
        get { state.withLock { $0.mood } }
        set { state.withLock { $0.mood = newValue } }
    }

    /// Runs after a credential was made and before the core hears of it.
    public func beforeAnswer(_ body: (@Sendable () async -> Void)?) {
        state.withLock { $0.beforeAnswer = body }
    }

    /// Paths: `creds/:name` and the same below `open/` without a token, `careful/:name` with an
    /// intent, `fails/:name` with an intent and a failure at the end, `leaseless/:name` with an
    /// intent and no lease. The body may have `ttl`, `max_ttl` and `renewable`.
    public var engine: FakeEngineType {
        FakeEngineType(name, unauthenticated: ["open/*"]) { request, mount in
            await self.handle(request, mount)
        }
    }

    private func handle(_ request: BackendRequest, _ mount: BackendMount) async -> BackendOutcome {
        switch request.operation {
        case .initialize: return .success(BackendAnswer())
        case .renew, .revoke, .rollback: return await change(request)
        default: break
        }
        let kind = request.path.prefix { $0 != "/" }
        let id = state.withLock { state in
            state.made += 1
            return "\(name)-\(state.made)"
        }
        if ["careful", "fails", "leaseless"].contains(kind) {
            let stored = await withCheckedContinuation { continuation in
                mount.storage.commit(
                    preconditions: [], puts: [], deletes: [],
                    intent: EngineIntent(
                        request: request.requestID, path: request.path, data: Array(id.utf8))
                ) { continuation.resume(returning: $0) }
            }
            guard case .committed = stored else {
                return .failure(BackendFailure(.internalError, "the intent was not stored"))
            }
        }
        state.withLock { _ = $0.living.insert(id) }
        if let hook = state.withLock({ $0.beforeAnswer }) { await hook() }
        if kind == "fails" { return .failure(BackendFailure(.upstreamFailed, "it went wrong")) }
        let data = Array("{\"username\":\"\(id)\"}".utf8)
        if kind == "leaseless" { return .success(BackendAnswer(data: data)) }
        let wish = try? JSONValue(parsing: request.data)
        return .success(
            BackendAnswer(
                data: data,
                lease: LeaseGrant(
                    ttlSeconds: UInt64(wish?["ttl"]?.intValue ?? 0),
                    maxTTLSeconds: UInt64(wish?["max_ttl"]?.intValue ?? 0),
                    isRenewable: wish?["renewable"]?.boolValue ?? true,
                    internalData: Array(id.utf8))))
    }

    private func change(_ request: BackendRequest) async -> BackendOutcome {
        let id = String(decoding: request.internalData, as: UTF8.self)
        state.withLock { state in
            state.atOnce += 1
            state.mostAtOnce = max(state.mostAtOnce, state.atOnce)
        }
        defer { state.withLock { $0.atOnce -= 1 } }
        // Others have their turn, so that all that may be under way at once are.
        for _ in 0..<8 { await Task.yield() }
        while mood == .hanging || stuck.contains(id) {
            try? await Task.sleep(nanoseconds: 2_000_000)
        }
        return state.withLock { state in
            if request.operation == .revoke { state.revocations += 1 }
            if state.mood == .failing {
                return .failure(BackendFailure(.upstreamFailed, "the database is down"))
            }
            if state.mood == .crowdedOut {
                var failure = BackendFailure(.unavailable, "all the others are busy")
                failure.isForWantOfRoom = true
                return .failure(failure)
            }
            if request.operation == .renew {
                state.lastRenewal = try? JSONValue(parsing: request.data)
                guard state.living.contains(id) else {
                    return .failure(BackendFailure(.invalidRequest, "no such credential"))
                }
            } else {
                state.living.remove(id)
            }
            return .success(BackendAnswer())
        }
    }
}
