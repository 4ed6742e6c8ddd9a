// Answers a plugin's storage calls, well or badly as a test wants, and checks each as the protocol
// asks for.

import Wire

final class StorageDesk {
    enum Behaviour: Equatable {
        case faithful
        /// Every call fails.
        case failing(FailureCode)
        /// This many commits find that something changed since it was read.
        case conflicting(Int)
        /// The reply is none of those that the call can have.
        case confused
        /// No call is answered before `release`.
        case withheld
    }

    private struct Parent {
        var mount: MountID
        /// Revisions told for this request: by prefetching or by `get`.
        var told: [[UInt8]: Set<UInt64>] = [:]
        /// What was read since the last commit that settled it.
        var reads: [[UInt8]: UInt64] = [:]
        /// Keys that `get` asked for.
        var asked: Set<[UInt8]> = []
        var calls = 0
        var wasRefused = false
    }

    var behaviour = Behaviour.faithful
    /// A test that sends paths that lead astray lets the store refuse them.
    var toleratesBadKeys = false
    private let maxCallsPerLane: Int
    private var stores: [MountID: OrderedStore] = [:]
    private var parents: [CallID: Parent] = [:]
    private var ended: [CallID: Parent] = [:]
    private var usedIDs: Set<CallID> = []
    /// Storage calls that are held back, by lane.
    private var waiting: [Int: [UInt64: StorageRequest]] = [:]
    private var violations: [Finding] = []

    init(maxCallsPerLane: Int) { self.maxCallsPerLane = maxCallsPerLane }

    // MARK: Requests

    func begin(_ id: CallID, _ request: EngineRequest) {
        var parent = Parent(mount: request.mount)
        for entry in request.prefetched { parent.told[entry.key] = [entry.revision] }
        parents[id] = parent
    }

    func end(_ id: CallID) { ended[id] = parents.removeValue(forKey: id) }

    /// Requests whose storage call is held back.
    var parked: Set<CallID> {
        Set(
            waiting.flatMap { lane, calls in
                calls.values.map { CallID(lane: lane, number: $0.parentCall) }
            })
    }

    func storageCalls(of id: CallID) -> Int { (parents[id] ?? ended[id])?.calls ?? 0 }

    /// A storage call of the request was answered by a failure.
    func wasRefused(_ id: CallID) -> Bool { (parents[id] ?? ended[id])?.wasRefused ?? false }

    func keysAsked(for id: CallID) -> Set<[UInt8]> { (parents[id] ?? ended[id])?.asked ?? [] }

    /// All that is there, of whatever mount.
    var allKeys: Set<[UInt8]> { Set(stores.values.flatMap(\.keys)) }

    func entry(_ key: String, in mount: MountID) -> StorageEntry {
        stores[mount, default: OrderedStore()].entry(Array(key.utf8))
    }

    func takeViolations() -> [Finding] {
        defer { violations = [] }
        return violations
    }

    // MARK: Storage calls

    func cancel(_ id: CallID) { waiting[id.lane]?[id.number] = nil }

    func take(
        _ request: StorageRequest, _ id: CallID
    ) -> [(call: UInt64, reply: StorageReply)] {
        let parent = CallID(lane: id.lane, number: request.parentCall)
        if id.number % 2 != 0 || !usedIDs.insert(id).inserted {
            violations.append(Finding("a storage call with an odd or used id", .calls))
        }
        if parents[parent] == nil {
            violations.append(Finding("a storage call for no open request", .storage))
        } else if parents[parent]?.mount != request.mount {
            violations.append(
                Finding("a storage call for another mount than its request's", .storage))
        }
        parents[parent]?.calls += 1
        if case .get(let keys) = request.action { parents[parent]?.asked.formUnion(keys) }
        violations += faults(request.action).map { Finding($0, .storage) }
        if behaviour == .withheld {
            waiting[id.lane, default: [:]][id.number] = request
            if waiting[id.lane, default: [:]].count > maxCallsPerLane {
                violations.append(
                    Finding("more than \(maxCallsPerLane) storage calls at once", .backPressure))
            }
            return []
        }
        return [(id.number, reply(request, parent))]
    }

    func release() -> [(CallID, StorageReply)] {
        defer { waiting = [:] }
        return waiting.flatMap { lane, calls in
            calls.map { number, request in
                let parent = CallID(lane: lane, number: request.parentCall)
                return (CallID(lane: lane, number: number), reply(request, parent))
            }
        }
    }

    private func reply(_ request: StorageRequest, _ parent: CallID) -> StorageReply {
        switch behaviour {
        case .failing(let code):
            parents[parent]?.wasRefused = true
            return .failure(PluginFailure(code, "the storage does not work"))
        case .confused:
            parents[parent]?.wasRefused = true
            if case .get = request.action { return .committed(revision: 7) }
            return .entries([])
        case .conflicting(let count):
            guard case .commit(let commit) = request.action, count > 0,
                let first = commit.preconditions.first
            else { break }
            behaviour = .conflicting(count - 1)
            check(commit, parent)
            parents[parent]?.reads = [:]
            return .conflict(key: first.key)
        case .faithful, .withheld: break
        }
        return faithful(request, parent)
    }

    private func faithful(_ request: StorageRequest, _ parent: CallID) -> StorageReply {
        var store = stores[request.mount] ?? OrderedStore()
        defer { stores[request.mount] = store }
        guard keys(request.action).allSatisfy(OrderedStore.isKey) else {
            parents[parent]?.wasRefused = true
            return .failure(PluginFailure(.invalidRequest, "no such key"))
        }
        switch request.action {
        case .get(let keys):
            let entries = keys.map { store.entry($0) }
            for entry in entries {
                parents[parent]?.reads[entry.key] = entry.revision
                parents[parent]?.told[entry.key, default: []].insert(entry.revision)
            }
            return .entries(entries)
        case .list(let prefix, let after, let limit):
            return store.list(prefix: prefix, after: after, limit: Int(limit))
        case .commit(let commit):
            check(commit, parent)
            parents[parent]?.reads = [:]
            let reply = store.commit(commit)
            if case .committed(let revision) = reply {
                for put in commit.puts {
                    parents[parent]?.told[put.key, default: []].insert(revision)
                }
            }
            return reply
        case .password: return .password("a-password-of-the-policy")
        case .fill(let templates): return .filled(templates.map { _ in nil })
        case .database:
            parents[parent]?.wasRefused = true
            return .failure(PluginFailure(.permissionDenied, "no database plugin may be called"))
        }
    }

    /// A write is conditional on all that was read for it, as it was read.
    private func check(_ commit: StorageCommit, _ parent: CallID) {
        guard let parent = parents[parent] else { return }
        for (key, revision) in parent.reads
        where !commit.preconditions.contains(StoragePrecondition(key: key, revision: revision)) {
            violations.append(
                Finding(
                    "a commit that is not conditional on an entry that was read for it", .storage))
        }
        for condition in commit.preconditions
        where condition.revision != 0
            && parent.told[condition.key]?.contains(condition.revision) != true
        {
            violations.append(Finding("a precondition with a revision that nobody told", .storage))
        }
    }

    private func faults(_ action: StorageAction) -> [String] {
        var faults: [String] = []
        if !toleratesBadKeys, !keys(action).allSatisfy(OrderedStore.isKey) {
            faults.append("a key that can be none")
        }
        switch action {
        case .get(let keys):
            if !(1...WireLimits.maxKeysPerGet).contains(keys.count) {
                faults.append("a get of \(keys.count) keys")
            }
        case .list(let prefix, _, let limit):
            if !(1...WireLimits.maxListPage).contains(Int(limit)) {
                faults.append("a list of \(limit) names")
            }
            if !toleratesBadKeys, !OrderedStore.isPrefix(prefix) {
                faults.append("a prefix that can be none")
            }
        case .commit(let commit):
            let counts = [commit.preconditions.count, commit.puts.count, commit.deletes.count]
            if counts.contains(where: { $0 > WireLimits.maxChangesPerCommit }) {
                faults.append("a commit of \(counts)")
            }
            let changed = commit.puts.map(\.key) + commit.deletes
            if Set(changed).count != changed.count {
                faults.append("a commit that changes an entry twice")
            }
        case .password(let policy):
            if policy.isEmpty { faults.append("a password by no policy") }
        case .fill(let templates):
            if !(1...WireLimits.maxTemplatesPerFill).contains(templates.count) {
                faults.append("a fill of \(templates.count) templates")
            }
        case .database(let call):
            if call.plugin.isEmpty { faults.append("a call of a database plugin without a name") }
        }
        return faults
    }

    private func keys(_ action: StorageAction) -> [[UInt8]] {
        switch action {
        case .get(let keys): keys
        case .list, .password, .fill, .database: []
        case .commit(let commit):
            commit.preconditions.map(\.key) + commit.puts.map(\.key) + commit.deletes
        }
    }
}
