// The quotas of a namespace, kept behind the barrier and handed to whoever enforces them.

internal import Barrier
internal import Cryptography
internal import JSON
internal import Metrics
internal import Paths
internal import Synchronization

final class QuotaStore: Sendable {
    private struct State {
        var rateLimits: [String: RateLimitQuota] = [:]
        var leaseCounts: [String: LeaseCountQuota] = [:]
        var namespaces: [String: NamespaceQuota] = [:]
        var configuration = QuotaConfiguration()
    }

    private let barrier: Barrier
    private let prefix: String
    private let enforced: RateLimits
    private let bounds: NamespaceBoundsTable
    private let figures: CoreFigures
    private let state: Mutex<State>
    private let leaseTable = Snapshot(ScopeTable<LeaseCountQuota>([]))
    private let changes = AsyncLock()

    init(
        barrier: Barrier, namespacePrefix: String, enforced: RateLimits,
        bounds: NamespaceBoundsTable, figures: CoreFigures
    ) throws(BackendFailure) {
        self.barrier = barrier
        self.prefix = namespacePrefix + "quota/"
        self.enforced = enforced
        self.bounds = bounds
        self.figures = figures
        let prefix = self.prefix
        var loaded = State()
        func each(
            _ type: String, _ body: ([UInt8]) throws(BackendFailure) -> Void
        ) throws(BackendFailure) {
            let folder = prefix + type + "/"
            try barrier.forEachName(in: folder) { name throws(BackendFailure) in
                if let stored = try barrier.read(folder + name) { try body(stored.value) }
            }
        }
        try each(RateLimitQuota.type) { bytes throws(BackendFailure) in
            guard let quota = RateLimitQuota(decoding: bytes) else { throw Self.unreadable }
            loaded.rateLimits[quota.name] = quota
        }
        try each(LeaseCountQuota.type) { bytes throws(BackendFailure) in
            guard let quota = LeaseCountQuota(decoding: bytes) else { throw Self.unreadable }
            loaded.leaseCounts[quota.name] = quota
        }
        try each(NamespaceQuota.type) { bytes throws(BackendFailure) in
            guard let quota = NamespaceQuota(decoding: bytes) else { throw Self.unreadable }
            loaded.namespaces[quota.name] = quota
        }
        if let stored = try barrier.read(prefix + "config") {
            guard let configuration = QuotaConfiguration(decoding: stored.value) else {
                throw Self.unreadable
            }
            loaded.configuration = configuration
        }
        state = Mutex(loaded)
        publish(loaded)
    }

    private static var unreadable: BackendFailure {
        BackendFailure(
            .internalError, "a stored quota has a form that this version does not know")
    }

    // MARK: Reading

    var configuration: QuotaConfiguration { state.withLock { $0.configuration } }

    func rateLimit(_ name: String) -> RateLimitQuota? { state.withLock { $0.rateLimits[name] } }

    func leaseCount(_ name: String) -> LeaseCountQuota? { state.withLock { $0.leaseCounts[name] } }

    func namespace(_ name: String) -> NamespaceQuota? { state.withLock { $0.namespaces[name] } }

    func names(ofType type: String) -> [String] {
        let names = state.withLock { state in
            switch type {
            case RateLimitQuota.type: Array(state.rateLimits.keys)
            case LeaseCountQuota.type: Array(state.leaseCounts.keys)
            default: Array(state.namespaces.keys)
            }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The quota that a lease made by a request to `path` counts against.
    func leaseQuota(for path: String) -> LeaseCountQuota? { leaseTable.value[path] }

    /// A lease was not made because of a quota.
    func countLeaseRefusal() { figures.leaseCountViolations.increment() }

    // MARK: Changing

    func put(_ quota: RateLimitQuota) async throws(BackendFailure) {
        try await change { (state, batch) throws(BackendFailure) in
            try Self.check(
                quota.name, quota.scope, state.rateLimits.mapValues(\.scope))
            state.rateLimits[quota.name] = quota
            batch.puts.append((self.key(RateLimitQuota.type, quota.name), quota.encoded()))
        }
    }

    func put(_ quota: LeaseCountQuota) async throws(BackendFailure) {
        try await change { (state, batch) throws(BackendFailure) in
            try Self.check(
                quota.name, quota.scope, state.leaseCounts.mapValues(\.scope))
            state.leaseCounts[quota.name] = quota
            batch.puts.append((self.key(LeaseCountQuota.type, quota.name), quota.encoded()))
        }
    }

    func put(_ quota: NamespaceQuota) async throws(BackendFailure) {
        try await change { (state, batch) throws(BackendFailure) in
            try Self.check(quota.name, quota.scope, state.namespaces.mapValues(\.scope))
            state.namespaces[quota.name] = quota
            batch.puts.append((self.key(NamespaceQuota.type, quota.name), quota.encoded()))
        }
    }

    func put(_ configuration: QuotaConfiguration) async throws(BackendFailure) {
        try await change { (state, batch) throws(BackendFailure) in
            state.configuration = configuration
            batch.puts.append((self.prefix + "config", configuration.encoded()))
        }
    }

    func delete(_ name: String, ofType type: String) async throws(BackendFailure) {
        try await change { (state, batch) throws(BackendFailure) in
            switch type {
            case RateLimitQuota.type: state.rateLimits[name] = nil
            case LeaseCountQuota.type: state.leaseCounts[name] = nil
            default: state.namespaces[name] = nil
            }
            batch.deletes.append(self.key(type, name))
        }
    }

    /// Nothing is left of a namespace's quotas for the next one of that name.
    func deleteAll(within namespace: Namespace) async throws(BackendFailure) {
        try await change { (state, batch) in
            for quota in state.rateLimits.values where quota.scope.isWithin(namespace) {
                state.rateLimits[quota.name] = nil
                batch.deletes.append(self.key(RateLimitQuota.type, quota.name))
            }
            for quota in state.leaseCounts.values where quota.scope.isWithin(namespace) {
                state.leaseCounts[quota.name] = nil
                batch.deletes.append(self.key(LeaseCountQuota.type, quota.name))
            }
            for quota in state.namespaces.values where quota.scope.isWithin(namespace) {
                state.namespaces[quota.name] = nil
                batch.deletes.append(self.key(NamespaceQuota.type, quota.name))
            }
        }
    }

    /// Two quotas for one thing would leave it to chance which of them counts.
    private static func check(
        _ name: String, _ scope: QuotaScope, _ others: [String: QuotaScope]
    ) throws(BackendFailure) {
        if let other = others.first(where: { $0.key != name && $0.value == scope })?.key {
            throw BackendFailure(
                .invalidRequest,
                "quota rule with similar properties exists under the name \"\(other)\"")
        }
        guard others[name] != nil || others.count < KernelLimits.quotasPerType else {
            throw BackendFailure(
                .invalidRequest,
                "there are too many quotas: at most \(KernelLimits.quotasPerType) of a kind are "
                    + "possible")
        }
    }

    private func key(_ type: String, _ name: String) -> String {
        prefix + type + "/" + Hex.encode(Array(name.utf8))
    }

    private func change(
        _ edit: @escaping @Sendable (inout State, inout BarrierBatch) throws(BackendFailure) -> Void
    ) async throws(BackendFailure) {
        try await changes.withLock { () async throws(BackendFailure) in
            var state = self.state.withLock { $0 }
            var batch = BarrierBatch()
            try edit(&state, &batch)
            try await self.barrier.write(batch)
            let changed = state
            self.state.withLock { $0 = changed }
            self.publish(changed)
        }
    }

    private func publish(_ state: State) {
        var table = RateLimits.Table()
        table.configuration = state.configuration
        table.exempt = PathSet(state.configuration.exemptPaths)
        table.absoluteExempt = PathSet(state.configuration.absoluteExemptPaths)
        let limits = state.rateLimits.values.sorted { $0.name < $1.name }
        table.limits = ScopeTable(
            limits.map { quota in
                let name = MetricName("quota.rate_limit.violation", [("name", quota.name)])
                let limit = RateLimits.Limit(
                    number: Self.number(quota.name), shape: quota.shape,
                    violations: figures.metrics.counter(name))
                return (quota.scope, limit)
            })
        enforced.replace(table)
        let bounds = state.namespaces.values.map { ($0.path, $0.bounds) }
        self.bounds.replace(Dictionary(bounds) { first, _ in first })
        leaseTable.store(ScopeTable(state.leaseCounts.values.map { ($0.scope, $0) }))
    }

    /// Tells quotas' buckets apart, and is the same after a change of the quota.
    private static func number(_ name: String) -> UInt32 {
        SHA256.hash(Array(name.utf8)).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
}
