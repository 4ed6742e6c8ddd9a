// The sessions of one connection: bounded in number, kept for the next request.

import Clock
import PluginSDK
import Synchronization

final class SessionPool: Sendable {
    private struct Idle {
        var session: any DatabaseSession
        var openedAt: UInt64
    }

    private struct State {
        var idle: [Idle] = []
        var waiting = 0
        var isClosed = false
        /// Until then a server that did its part is taken to be there.
        var trustedUntil: UInt64 = 0
        /// The password that the server took last, by its place.
        var working = 0
    }

    let server: any DatabaseServer
    private let passwords: [String]
    private let bounds: PoolBounds
    private let slots: Slots
    private let state = Mutex(State())
    /// Held by who tries a transaction again that others were in the way of.
    private let retrying = Slots(1)
    private let drops: DropQueue

    /// One of `passwords` is the right one.
    init(_ server: any DatabaseServer, passwords: [String]) {
        self.server = server
        self.passwords = passwords
        bounds = server.bounds
        slots = Slots(bounds.maxOpen)
        drops = DropQueue(mostTogether: type(of: server).dropsTogether)
    }

    /// There is a session that works, or there was one a moment ago and others have them all.
    var isReady: Bool {
        let now = MonotonicClock.nowNanoseconds
        return state.withLock { state in
            if let idle = state.idle.last { return idle.session.isAlive }
            return !state.isClosed && now < state.trustedUntil
        }
    }

    /// Sees to it that there is a session, so that nothing is begun that cannot be done.
    func prepare(orFail what: String) throws(PluginError) {
        if isReady { return }
        do throws(DatabaseError) {
            try whileWaiting { () throws(DatabaseError) in
                try withSlot { () throws(DatabaseError) in keep(try takeOrOpen()) }
            }
        } catch { throw error.failure(what) }
    }

    /// Drops a user, together with others that are to be dropped now.
    func drop(_ name: String, _ statements: [String]) throws(DatabaseError) {
        guard statements.isEmpty, type(of: server).dropsTogether > 1 else {
            return try run { (session) throws(DatabaseError) in
                try session.dropUser(name, statements)
            }
        }
        try whileWaiting { () throws(DatabaseError) in
            try drops.drop(name) { (names) throws(DatabaseError) in
                try runInTurn { (session) throws(DatabaseError) in
                    try names.count == 1
                        ? session.dropUser(name, []) : session.dropUsers(names)
                }
            }
        }
    }

    /// The same as `run`, with a failure that says what was to be done.
    func run<Value>(
        orFail what: String, _ body: (any DatabaseSession) throws(DatabaseError) -> Value
    ) throws(PluginError) -> Value {
        do throws(DatabaseError) { return try run(body) } catch { throw error.failure(what) }
    }

    /// Runs one step on a session. It runs again where the server asks for that, and once on a new
    /// session if the old one turns out to be broken before it did anything.
    func run<Value>(
        _ body: (any DatabaseSession) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        try whileWaiting { () throws(DatabaseError) in try runInTurn(body) }
    }

    private func runInTurn<Value>(
        _ body: (any DatabaseSession) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        try withSlot { () throws(DatabaseError) in
            let end = MonotonicClock.nowNanoseconds + Limits.retrySeconds * 1_000_000_000
            do throws(DatabaseError) { return try once(body) } catch {
                switch error.code {
                // One that took its time has none left for another attempt.
                case .lostBefore where MonotonicClock.nowNanoseconds < end: return try once(body)
                case .conflict: return try again(body, error)
                default: throw error
                }
            }
        }
    }

    /// Those who met take turns; others may still come in between.
    private func again<Value>(
        _ body: (any DatabaseSession) throws(DatabaseError) -> Value, _ first: DatabaseError
    ) throws(DatabaseError) -> Value {
        guard retrying.take(seconds: Limits.sessionWaitSeconds) else { throw first }
        defer { retrying.give() }
        var last = first
        let end = MonotonicClock.nowNanoseconds + Limits.retrySeconds * 1_000_000_000
        while MonotonicClock.nowNanoseconds < end {
            do throws(DatabaseError) { return try once(body) } catch {
                guard error.code == .conflict else { throw error }
                last = error
            }
        }
        throw last
    }

    private func once<Value>(
        _ body: (any DatabaseSession) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        let idle = try takeOrOpen()
        do throws(DatabaseError) {
            let value = try body(idle.session)
            keep(idle, isTrusted: true)
            return value
        } catch {
            keep(idle)
            throw error
        }
    }

    private func withSlot<Value>(
        _ body: () throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        guard slots.take(seconds: Limits.sessionWaitSeconds) else {
            throw DatabaseError(.busy, "all connections to the database are in use")
        }
        defer { slots.give() }
        return try body()
    }

    /// Bounds how many threads one database keeps.
    private func whileWaiting<Value>(
        _ body: () throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        let mayWait = state.withLock { state in
            guard !state.isClosed, state.waiting < Limits.waitingPerDatabase else { return false }
            state.waiting += 1
            return true
        }
        guard mayWait else {
            throw DatabaseError(.busy, "too many requests wait for the database")
        }
        defer { state.withLock { $0.waiting -= 1 } }
        return try body()
    }

    private func takeOrOpen() throws(DatabaseError) -> Idle {
        while let idle = state.withLock({ $0.idle.popLast() }) {
            if idle.session.isAlive, !isOld(idle) { return idle }
            idle.session.close()
        }
        let first = state.withLock { $0.working }
        var problem = DatabaseError(.denied, "there is no password")
        for offset in passwords.indices {
            let place = (first + offset) % passwords.count
            do throws(DatabaseError) {
                let session = try server.connect(password: passwords[place])
                state.withLock { $0.working = place }
                return Idle(session: session, openedAt: MonotonicClock.nowNanoseconds)
            } catch {
                guard error.code == .denied else { throw error }
                problem = error
            }
        }
        throw problem
    }

    private func isOld(_ idle: Idle) -> Bool {
        let age = MonotonicClock.nowNanoseconds - idle.openedAt
        return bounds.lifetimeSeconds > 0 && age / 1_000_000_000 >= UInt64(bounds.lifetimeSeconds)
    }

    private func keep(_ idle: Idle, isTrusted: Bool = false) {
        let isAlive = idle.session.isAlive
        let until = MonotonicClock.nowNanoseconds + Limits.trustNanoseconds
        let isKept =
            isAlive
            && state.withLock { state in
                if isTrusted { state.trustedUntil = until }
                guard !state.isClosed, state.idle.count < bounds.maxIdle else { return false }
                state.idle.append(idle)
                return true
            }
        if !isKept { idle.session.close() }
    }

    /// Sessions in use are closed when their step is done.
    func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        for idle in idle { idle.session.close() }
    }

    deinit { for idle in state.withLock({ $0.idle }) { idle.session.close() } }
}

/// The pools of the process, by mount and connection.
final class SessionPools: Sendable {
    struct Key: Hashable, Sendable {
        var mount: String
        var name: String
    }

    private struct Kept {
        var pool: SessionPool
        var config: DatabaseConfig
    }

    private let pools = Mutex<[Key: Kept]>([:])

    /// The pool, if it was made for just this configuration.
    func pool(_ key: Key, made config: DatabaseConfig) -> SessionPool? {
        pools.withLock { $0[key].flatMap { $0.config.opensLike(config) ? $0.pool : nil } }
    }

    /// The pool to use: this one, or one that somebody else made meanwhile.
    func keep(_ pool: SessionPool, _ key: Key, made config: DatabaseConfig) -> SessionPool {
        let (kept, old) = pools.withLock { pools -> (SessionPool, SessionPool?) in
            if let known = pools[key], known.config.opensLike(config) { return (known.pool, nil) }
            let old = pools[key]?.pool
            pools[key] = Kept(pool: pool, config: config)
            return (pool, old)
        }
        old?.close()
        return kept
    }

    func close(_ key: Key) {
        pools.withLock { $0.removeValue(forKey: key) }?.pool.close()
    }

    func close(where isDoomed: (Key) -> Bool) {
        let doomed = pools.withLock { pools in
            let keys = pools.keys.filter(isDoomed)
            return keys.compactMap { pools.removeValue(forKey: $0) }
        }
        for kept in doomed { kept.pool.close() }
    }
}
