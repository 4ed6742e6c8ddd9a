// `auth/token/`: tokens made, looked up, renewed and revoked.

internal import Paths

enum TokenEngine {
    static func make(_ core: Core) -> CoreEngine {
        CoreEngine(
            "token", kind: .auth, core: core,
            paths: [
                TokenCreate.path, TokenCreate.orphanPath, TokenCreate.rolePath,
                TokenRoles.listPath, TokenRoles.path, TokenTidy.path,
                TokenLookup.path, TokenLookup.selfPath, TokenLookup.accessorPath,
                TokenLookup.accessorsPath, TokenRenew.path,
                TokenRenew.selfPath, TokenRenew.accessorPath, TokenRevoke.path,
                TokenRevoke.selfPath, TokenRevoke.accessorPath, TokenRevoke.orphanPath,
            ],
            sudo: ["revoke-orphan", "accessors/", "accessors"])
    }
}
