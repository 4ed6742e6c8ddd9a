// `identity/`: entities, groups and their aliases, and tokens that say who somebody is.

internal import Paths

enum IdentityEngine {
    static func make(_ core: Core) -> CoreEngine {
        CoreEngine(
            "identity", kind: .secret, core: core,
            paths: paths,
            unauthenticated: IdentityOIDCDiscovery.unauthenticatedPaths)
    }

    private static let paths: [CorePath] = [
        IdentityEntities.paths,
        IdentityEntityMerge.paths,
        IdentityEntityAliases.paths,
        IdentityGroups.paths,
        IdentityGroupAliases.paths,
        IdentityLookup.paths,
        IdentityOIDCConfig.paths,
        IdentityOIDCKeys.paths,
        IdentityOIDCRoles.paths,
        IdentityOIDCTokens.paths,
        IdentityOIDCDiscovery.paths,
    ].flatMap { $0 }
}
