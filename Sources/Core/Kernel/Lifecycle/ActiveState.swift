// What exists only while the server is unsealed.

internal import Barrier
internal import JSON
internal import Logging

/// The tables of the root namespace. Made at unsealing, dropped at sealing.
final class ActiveState: Sendable {
    let namespaceID: String
    let mounts: MountTable
    let policies: PolicyStore
    let passwordPolicies: PasswordPolicyStore
    let tokens: TokenStore
    let tokenRoles: TokenRoleStore
    let lockout: UserLockout
    let wrapping: WrappingStore
    let cubbyholes: CubbyholeStore
    let ceremonies = KeyCeremonies()
    let identity: IdentityStore
    let quotas: QuotaStore
    let keyRotation: KeyRotation
    let migrations = MountMigrations()
    let leases: Leases
    let oidc: OIDCStore
    let audit: AuditTable
    let cors: CORSStore
    let uiHeaders: UIHeaderStore

    /// Storage keys of a namespace begin with this, so that it can be moved, sealed or destroyed by
    /// prefix.
    static func prefix(_ namespaceID: String) -> String { "ns/" + namespaceID + "/" }
    /// Names the root namespace's random id.
    static let rootNamespaceKey = "core/root-namespace"

    init(
        barrier: Barrier, launcher: any BackendLauncher, settings: CoreSettings, logger: Logger,
        rateLimits: RateLimits, figures: CoreFigures, audit log: AuditLog
    ) async throws(BackendFailure) {
        guard let stored = try barrier.read(Self.rootNamespaceKey) else {
            throw BackendFailure(.internalError, "the store has no root namespace")
        }
        let id = String(decoding: stored.value, as: UTF8.self)
        namespaceID = id
        let prefix = Self.prefix(id)
        policies = try PolicyStore(
            barrier: barrier, namespacePrefix: prefix, glob: settings.policyGlob)
        passwordPolicies = PasswordPolicyStore(barrier: barrier, namespacePrefix: prefix)
        tokens = try await TokenStore(
            barrier: barrier, namespacePrefix: prefix, created: figures.tokensCreated)
        tokenRoles = TokenRoleStore(barrier: barrier, namespacePrefix: prefix)
        lockout = try UserLockout(
            barrier: barrier, namespacePrefix: prefix, defaults: settings.userLockout)
        wrapping = WrappingStore(
            barrier: barrier, tokens: tokens, maxTTLSeconds: settings.maxLeaseTTLSeconds)
        keyRotation = try KeyRotation(barrier: barrier, logger: logger)
        cubbyholes = CubbyholeStore(barrier: barrier, tokens: tokens)
        identity = try IdentityStore(barrier: barrier, namespacePrefix: prefix)
        quotas = try QuotaStore(
            barrier: barrier, namespacePrefix: prefix, enforced: rateLimits, figures: figures)
        let intents = IntentStore(barrier: barrier, namespacePrefix: prefix)
        try intents.loadLeftovers()
        oidc = try OIDCStore(barrier: barrier, namespacePrefix: prefix)
        audit = try AuditTable(barrier: barrier, namespacePrefix: prefix, log: log)
        cors = try CORSStore(barrier: barrier, namespacePrefix: prefix)
        uiHeaders = UIHeaderStore(barrier: barrier, namespacePrefix: prefix)
        mounts = try MountTable(
            barrier: barrier, namespacePrefix: prefix, launcher: launcher, settings: settings,
            intents: intents, logger: logger)
        leases = Leases(
            store: tokens.leases, mounts: mounts, intents: intents, timings: settings.leaseTimings,
            logger: logger)
        try await leases.store.restoreTally()
        let mounts = mounts
        try await lockout.forgetAll { mounts[id: $0] != nil }
    }
}
