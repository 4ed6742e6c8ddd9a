// The tables of one namespace, while the server is unsealed.

internal import Barrier
internal import Logging

/// What every namespace has of its own. The root's are made at unsealing, those of others when they
/// are first needed.
final class NamespaceState: Sendable {
    let namespace: Namespace
    let mounts: MountTable
    let policies: PolicyStore
    let passwordPolicies: PasswordPolicyStore
    let tokens: TokenStore
    let tokenRoles: TokenRoleStore
    let lockout: UserLockout
    let wrapping: WrappingStore
    let cubbyholes: CubbyholeStore
    let identity: IdentityStore
    let migrations = MountMigrations()
    let guests = GuestGrants()
    let leases: Leases
    let wakes: MountWakes
    let oidc: OIDCStore

    /// Storage keys of a namespace begin with this, so that it can be moved, sealed or destroyed by
    /// prefix.
    static func prefix(_ id: String) -> String { "ns/" + id + "/" }

    init(
        _ namespace: Namespace, _ surroundings: NamespaceSurroundings
    ) async throws(BackendFailure) {
        self.namespace = namespace
        let (barrier, settings) = (surroundings.barrier, surroundings.settings)
        let prefix = namespace.storagePrefix
        policies = try PolicyStore(
            barrier: barrier, namespacePrefix: prefix, glob: settings.policyGlob,
            knowsRoot: namespace.isRoot)
        passwordPolicies = PasswordPolicyStore(barrier: barrier, namespacePrefix: prefix)
        tokens = try await TokenStore(
            barrier: barrier, namespace: namespace, directory: surroundings.directory,
            created: surroundings.figures.tokensCreated)
        tokenRoles = TokenRoleStore(barrier: barrier, namespacePrefix: prefix)
        lockout = try UserLockout(
            barrier: barrier, namespacePrefix: prefix, defaults: settings.userLockout)
        wrapping = WrappingStore(
            barrier: barrier, tokens: tokens, maxTTLSeconds: settings.maxLeaseTTLSeconds)
        cubbyholes = CubbyholeStore(barrier: barrier, tokens: tokens)
        identity = try IdentityStore(
            barrier: barrier, namespacePrefix: prefix, isSmall: !namespace.isRoot)
        let intents = IntentStore(barrier: barrier, namespacePrefix: prefix)
        try intents.loadLeftovers()
        oidc = try OIDCStore(barrier: barrier, namespacePrefix: prefix)
        wakes = try MountWakes(
            barrier: barrier, namespacePrefix: prefix, logger: surroundings.logger)
        mounts = try MountTable(
            barrier: barrier, namespace: namespace, directory: surroundings.directory,
            launcher: surroundings.launcher, plugins: surroundings.plugins,
            bounds: surroundings.bounds, settings: settings,
            intents: intents, wakes: wakes, passwordPolicies: passwordPolicies,
            identity: identity, logger: surroundings.logger)
        leases = Leases(
            store: tokens.leases, mounts: mounts, intents: intents, wakes: wakes,
            timings: settings.leaseTimings, logger: surroundings.logger)
        try await leases.store.restoreTally()
        let mounts = mounts
        try await lockout.forgetAll { mounts[id: $0] != nil }
        for engine in surroundings.engines.mounts(of: namespace) { try mounts.addBuiltIn(engine) }
    }

    /// Ends the engines' use and puts away what is not stored yet.
    func close() async {
        await mounts.closeAll()
        await leases.store.saveTally()
        tokens.cache.removeAll()
    }
}

/// What the tables of all namespaces are made with.
struct NamespaceSurroundings: Sendable {
    let barrier: Barrier
    let launcher: any BackendLauncher
    let plugins: PluginCatalog
    let settings: CoreSettings
    let logger: Logger
    let figures: CoreFigures
    let engines: CoreEngines
    let directory: NamespaceDirectory
    let bounds = NamespaceBoundsTable()
}
