// What exists only while the server is unsealed.

internal import Barrier
internal import Logging
internal import Synchronization

/// What the server has once, and the namespaces with what each of them has. Made at unsealing,
/// dropped at sealing.
final class ActiveState: Sendable {
    let namespaces: NamespaceTable
    let keeper: ExpiryKeeper
    let ceremonies = KeyCeremonies()
    let quotas: QuotaStore
    let metering: NamespaceMetering
    let keyRotation: KeyRotation
    let audit: AuditTable
    let plugins: PluginCatalog
    let cors: CORSStore
    let uiHeaders: UIHeaderStore
    let bounds: NamespaceBoundsTable
    let directory: NamespaceDirectory

    var root: NamespaceState { namespaces.root }

    init(
        _ surroundings: NamespaceSurroundings, rateLimits: RateLimits, audit log: AuditLog
    ) async throws(BackendFailure) {
        let barrier = surroundings.barrier
        plugins = surroundings.plugins
        bounds = surroundings.bounds
        directory = surroundings.directory
        namespaces = try await NamespaceTable(surroundings)
        keeper = ExpiryKeeper(namespaces)
        let prefix = namespaces.root.namespace.storagePrefix
        keyRotation = try KeyRotation(barrier: barrier, logger: surroundings.logger)
        quotas = try QuotaStore(
            barrier: barrier, namespacePrefix: prefix, enforced: rateLimits,
            bounds: surroundings.bounds,
            figures: surroundings.figures)
        metering = NamespaceMetering(surroundings, namespaces)
        audit = try AuditTable(barrier: barrier, namespacePrefix: prefix, log: log)
        cors = try CORSStore(barrier: barrier, namespacePrefix: prefix)
        uiHeaders = UIHeaderStore(barrier: barrier, namespacePrefix: prefix)
        let quotas = quotas
        namespaces.whenRemoved.withLock {
            $0 = { namespace async throws(BackendFailure) in
                try await quotas.deleteAll(within: namespace)
            }
        }
    }
}
