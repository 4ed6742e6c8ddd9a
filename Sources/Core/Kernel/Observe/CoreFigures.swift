// The core's own instruments. Parts of the server count with them; `sys/metrics` shows them.

internal import Barrier
internal import Clock
public import Metrics
internal import Paths

/// What the core counts and times, under the names that Vault's dashboards know.
public final class CoreFigures: Sendable {
    public let metrics = Metrics()
    /// From the pipeline's first step to its answer, for requests with a token and for logins.
    let requests = Summary()
    let logins = Summary()
    /// From the first step to the token's rights, and on to the verdict of policy.
    let aclFetches = Summary()
    let tokenChecks = Summary()
    let requestsBegun = Counter()
    let requestsEnded = Counter()
    let leaseCountViolations = Counter()
    let tokensCreated: TokenCreations
    /// For routes that the registry has no room for.
    let unlistedRoutes = Summary()

    init() {
        tokensCreated = TokenCreations(metrics)
        metrics.register("core.handle_request", requests)
        metrics.register("core.handle_login_request", logins)
        metrics.register("core.fetch_acl_and_token", aclFetches)
        metrics.register("core.check_token", tokenChecks)
        metrics.register("quota.lease_count.violation", leaseCountViolations)
    }

    /// Requests that were taken up and not answered yet.
    var inFlight: UInt64 {
        // Ended first: a request that ends in between would otherwise make the difference negative.
        let ended = requestsEnded.value
        let begun = requestsBegun.value
        return begun > ended ? begun - ended : 0
    }

    /// Names the barrier's operations and what the core can say of itself when it is asked.
    func register(_ core: Core) {
        let barrier = core.barrier.figures
        metrics.register("barrier.get", barrier.gets)
        metrics.register("barrier.put", barrier.puts)
        metrics.register("barrier.delete", barrier.deletes)
        metrics.register("barrier.list", barrier.lists)
        let cluster = [("cluster", core.settings.clusterName)]
        metrics.registerGauge(MetricName("core.unsealed", cluster)) { [weak core] in
            core.map { $0.isSealed ? 0 : 1 }
        }
        metrics.registerGauge(MetricName("core.active", cluster)) { [weak core] in
            core.map { $0.isSealed ? 0 : 1 }
        }
        metrics.registerGauge("core.in_flight_requests") { [weak self] in
            self.map { Double($0.inFlight) }
        }
        registerTables(core)
        registerLeases(core)
        registerQuotas(core)
        core.audit.register(in: metrics)
        metrics.registerCollector { ProcessFigures.read() }
    }

    /// Leases, and those among them that could not be revoked.
    private func registerLeases(_ core: Core) {
        metrics.registerCollector { [weak core] in
            guard let namespaces = try? core?.activeState().namespaces else { return [] }
            var gauges = [
                MetricsReading.Gauge("expire.num_leases", Double(namespaces.leases(below: "")))
            ]
            if let parked = try? namespaces.parkedLeases() {
                gauges.append(.init("expire.num_irrevocable_leases", Double(parked)))
            }
            return gauges
        }
    }

    /// The sizes of the tables, while there are any: those of all namespaces that are in use.
    private func registerTables(_ core: Core) {
        func register(
            _ name: MetricName, _ size: @escaping @Sendable (NamespaceState) -> Int
        ) {
            metrics.registerGauge(name) { [weak core] in
                guard let namespaces = try? core?.activeState().namespaces else { return nil }
                return Double(namespaces.loaded.reduce(0) { $0 + size($1) })
            }
        }
        let cluster = core.settings.clusterName
        for (kind, shown) in [(BackendKind.secret, "logical"), (.auth, "auth")] {
            let name = MetricName(
                "core.mount_table.num_entries",
                [("cluster", cluster), ("type", shown), ("local", "false")])
            register(name) { $0.mounts.mounts(kind).count }
        }
        register("identity.num_entities") { $0.identity.read { $0.entities.count } }
        let policies = MetricName(
            "policy.configured.count", [("cluster", cluster), ("policy_type", "acl")])
        register(policies) { $0.policies.names.count }
    }
}
