// The kernel's limits, with their units in the name. `KernelLimitsTests` asserts how they relate.

public enum KernelLimits {
    /// Longest storage key of an engine.
    public static let storageKeyBytes = 4 * 1024
    /// Longest request path.
    public static let requestPathBytes = 4 * 1024
    /// Longest mount path.
    public static let mountPathBytes = 512
    /// Most mounts of both kinds in one namespace.
    public static let mountsPerNamespace = 10_000
    /// Largest text of a policy.
    public static let policyBytes = 1024 * 1024
    /// Most random bytes that `sys/tools/random` gives at once.
    public static let randomBytesPerRequest = 128 * 1024
    /// Most policies on one token.
    public static let policiesPerToken = 256
    /// Most entries of a token's metadata, and the longest of its names and values.
    public static let tokenMetadataEntries = 64
    public static let tokenMetadataBytes = 1024
    /// Longest client token that is looked up at all.
    public static let clientTokenBytes = 512
    /// Longest batch token, which holds its own record.
    public static let batchTokenBytes = 16 * 1024
    /// Most address ranges that one token is bound to.
    public static let boundCIDRsPerToken = 256
    /// Names whose failed logins are counted at one time.
    public static let lockoutCounters = 65_536
    /// Longest name that somebody logs in with, as far as locking out looks at it.
    public static let loginNameBytes = 1024
    /// Longest name of a token role.
    public static let tokenRoleNameBytes = 512
    /// Most children in one page of a list.
    public static let listPageEntries = 10_000
    /// How long an engine may take for one request.
    public static let engineCallSeconds: UInt64 = 90
    /// The same for what the core asks for itself.
    public static let ownRequestSeconds: UInt64 = 30
    /// 32 days: default and maximum of all lifetimes, as Vault has them.
    public static let defaultLeaseTTLSeconds: UInt64 = 32 * 24 * 3600
    public static let maxLeaseTTLSeconds: UInt64 = 32 * 24 * 3600
    /// Moves of mounts whose end can be asked for.
    public static let rememberedMigrations = 1_000
    /// How often the age of the barrier's key is looked at.
    public static let keyRotationCheckNanoseconds: UInt64 = 60_000_000_000
    /// Longest lease id: what is left of a storage key after the names of its folders.
    public static let leaseIDBytes = storageKeyBytes - 256
    /// Longest reason that is kept of a failed revocation.
    public static let leaseFailureBytes = 1024
    /// Attempts to revoke a lease before it is parked.
    public static let revocationAttempts = 6
    /// Expired tokens that are revoked side by side.
    public static let revocationsOfTokensAtOnce = 64
    /// Expired tokens that are looked for at a time.
    public static let expiredTokensAtOnce = 4096
    /// Of many revocations, those that one mount's engine is asked for at once.
    public static let revocationsAtOnce = 16
    /// Leases whose end is under way at once: waiting for the engine, there, or being forgotten.
    public static let leaseEndingsAtOnce = 64
    /// Mounts whose leases one request revokes side by side.
    public static let mountsRevokedAtOnce = 32
    /// Engines of one namespace that are woken at once.
    public static let wakesAtOnce = 16
    /// A template that an engine has filled in for a caller.
    public static let engineTemplateBytes = 4_096
    /// Rollbacks under way at once.
    public static let rollbacksAtOnce = 64
    /// How often a lease is tried to be stored while its token changes.
    public static let leaseRegistrationAttempts = 16
    /// Irrevocable leases shown without a limit of the client's.
    public static let irrevocableLeasesShown = 10_000
    /// Tokens kept decoded in memory; beyond it the longest unused make room.
    public static let cachedTokens = 100_000
    /// The same in each namespace but the root.
    public static let cachedTokensOfNamespace = 10_000
    /// Entities whose rights are kept in memory, ready for requests.
    public static let cachedEntities = 16 * 1024
    /// The same in each namespace but the root.
    public static let cachedEntitiesOfNamespace = 2 * 1024
    /// Grants that a namespace remembers for tokens of those above it.
    public static let guestGrants = 1024
    /// Longest name of an entity, a group or an alias.
    public static let identityNameBytes = 512
    /// Most entries of an entity's, group's or alias's metadata, and the longest of their parts.
    public static let identityMetadataEntries = 64
    public static let identityMetadataNameBytes = 128
    public static let identityMetadataValueBytes = 512
    /// Most aliases of one entity.
    public static let aliasesPerEntity = 100
    /// Most quotas of one kind, the longest of their names, and the longest of their intervals.
    public static let quotasPerType = 1_000
    public static let quotaNameBytes = 128
    public static let quotaIntervalSeconds: Int64 = 365 * 24 * 3600
    /// With less memory than this no plugin starts.
    public static let leastPluginMemoryBytes = 16 * 1024 * 1024
    /// Nor with fewer open files, besides those of the lanes.
    public static let leastPluginOpenFiles = 3
    /// Clients, each for one quota, that rate limits remember at once.
    public static let rateLimitedClients = 128 * 1024
    /// How many may watch the log at once, and what waits for each of them at most.
    public static let logMonitors = 16
    public static let logMonitorLines = 1024
    public static let logMonitorBytes = 256 * 1024
    /// How long the metrics' JSON form looks back.
    public static let metricsIntervalSeconds: UInt64 = 10
    /// Largest template of an identity token's claims.
    public static let identityTemplateBytes = 64 * 1024
    /// Longest identity token that is looked into.
    public static let identityTokenBytes = 1024 * 1024
    /// Most named keys and roles for identity tokens in one namespace.
    public static let identityTokenKeys = 1000
    public static let identityTokenRoles = 10_000
    /// Most client ids that one named key lists, and the longest of them.
    public static let identityTokenClients = 10_000
    public static let identityTokenClientBytes = 512
    /// Most public keys of one named key that are kept after their rotation.
    public static let retiredIdentityTokenKeys = 64
    /// Longest name of a named key or role, and longest issuer.
    public static let identityTokenNameBytes = 256
    public static let identityTokenIssuerBytes = 2048
    /// How long the rotation of keys may sleep: a clock that was set is noticed after this.
    public static let identityTokenRotationSeconds: Int64 = 30
    /// How long audit devices may take to write what they have when the server seals.
    public static let auditEndMilliseconds: UInt64 = 2_000
    /// Most origins and added headers of the CORS settings, and the longest of the origins.
    public static let corsOrigins = 1_000
    public static let corsHeaders = 100
    public static let corsOriginBytes = 512
    /// Longest name of an HTTP header that is configured.
    public static let headerNameBytes = 128
    /// Most headers of the web interface, most values of one, and the longest of these.
    public static let uiHeaders = 100
    public static let uiHeaderValues = 32
    public static let uiHeaderValueBytes = 4 * 1024
    /// Most entries of the plugin catalog, and the longest of their parts.
    public static let pluginEntries = 1_000
    public static let pluginNameBytes = 128
    public static let pluginVersionBytes = 128
    public static let pluginArguments = 256
    public static let pluginArgumentBytes = 4 * 1024
    /// Most folders and files that one plugin may read or write.
    public static let pluginPaths = 32
    /// Mounts that are named when the plugin that they use is deregistered.
    public static let pluginUsesShown = 20
    /// Most namespaces, and the longest of their paths.
    public static let namespaces = 100_000
    public static let namespacePathBytes = 512
    /// Most entries of a namespace's metadata, and the longest of their parts.
    public static let namespaceMetadataEntries = 64
    public static let namespaceMetadataNameBytes = 128
    public static let namespaceMetadataValueBytes = 512
    /// How long engines may take to undo what they gave out in a namespace that is deleted.
    public static let namespaceEndSeconds: UInt64 = 120
}
