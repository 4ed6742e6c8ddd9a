// `identity/`: entities, groups and their aliases.

internal import Paths

enum IdentityEngine {
    static func make(_ core: Core) -> CoreEngine {
        CoreEngine(
            "identity", kind: .secret, core: core,
            paths: paths,
            unauthenticated: [])
    }

    private static let paths: [CorePath] = [
        IdentityEntities.paths,
        IdentityEntityMerge.paths,
        IdentityEntityAliases.paths,
        IdentityGroups.paths,
        IdentityGroupAliases.paths,
        IdentityLookup.paths,
    ].flatMap { $0 }
}
