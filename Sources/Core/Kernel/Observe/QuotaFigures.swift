// How near quotas are to what they allow, asked for when somebody reads the metrics.

internal import Barrier
internal import Metrics

extension CoreFigures {
    /// Vault's names where it has any.
    func registerQuotas(_ core: Core) {
        metrics.registerCollector { [weak core] in
            guard let core, let active = try? core.activeState() else { return [] }
            return Self.leaseCounts(active) + Self.namespaces(active, core.barrier)
        }
        metrics.registerCollector { [weak core] in
            guard let namespaces = try? core?.activeState().namespaces else { return [] }
            return namespaces.loaded.map { state in
                MetricsReading.Gauge(
                    MetricName(
                        "identity.entity.count", [("namespace", state.namespace.label)]),
                    Double(state.identity.read { $0.entities.count }))
            }
        }
    }

    private static func leaseCounts(_ active: ActiveState) -> [MetricsReading.Gauge] {
        let quotas = active.quotas
        return quotas.names(ofType: LeaseCountQuota.type).compactMap { quotas.leaseCount($0) }
            .flatMap { quota in
                gauges(
                    "quota.lease_count", quota.name,
                    [
                        ("max", quota.maxLeases),
                        ("counter", active.namespaces.leases(within: quota.scope)),
                    ])
            }
    }

    private static func namespaces(
        _ active: ActiveState, _ barrier: Barrier
    ) -> [MetricsReading.Gauge] {
        let quotas = active.quotas
        return quotas.names(ofType: NamespaceQuota.type).compactMap { quotas.namespace($0) }
            .flatMap { quota in
                gauges(
                    "quota.namespace", quota.name,
                    [
                        ("max_storage_bytes", quota.bounds.storageBytes),
                        ("storage_bytes", barrier.storedBytes(under: quota.label)?.bytes),
                        ("max_mounts", quota.bounds.mounts),
                        (
                            "mounts",
                            try? active.bounds.places.count(below: quota.path, active.directory)
                        ),
                    ])
            }
    }

    private static func gauges(
        _ prefix: String, _ quota: String, _ values: [(name: String, value: Int?)]
    ) -> [MetricsReading.Gauge] {
        values.compactMap { name, value in
            value.map { .init(MetricName("\(prefix).\(name)", [("name", quota)]), Double($0)) }
        }
    }
}
