// What help and the API's description say of the endpoints that answer in every state.

internal import Paths

extension SystemStatus {
    /// Their paths below `sys/`, in order.
    static let declarations: [Route<DeclaredRoute>] = endpoints.keys.sorted().map { path in
        let known = known[path]
        return Route(
            PathPattern(String(path.dropFirst("sys/".count))),
            operations: (endpoints[path] ?? [:]).mapValues { _ in DeclaredRoute() },
            fields: known?.fields ?? [], summary: known?.summary ?? "")
    }

    private static let known: [String: (summary: String, fields: [Field])] = [
        "sys/init": (
            "Whether the server is initialized; initialize it.",
            [
                .integer("secret_shares", "Number of shares of the root key's key."),
                .integer("secret_threshold", "Number of shares that unseal."),
                .stringList("pgp_keys", "PGP keys to encrypt the shares with."),
                .string("root_token_pgp_key", "PGP key to encrypt the root token with."),
            ]
        ),
        "sys/unseal": (
            "Give one share of the key.",
            [
                .string("key", "The share, in hexadecimal or base64."),
                .boolean("reset", default: false, "Forget the shares that were given."),
                .boolean("migrate", default: false, "Move to another seal."),
            ]
        ),
        "sys/seal-status": ("Whether the server is sealed.", []),
        "sys/health": (
            "The server's state as an HTTP status, for load balancers.",
            [
                .integer("activecode", default: 200, "Status of an active server."),
                .integer("sealedcode", default: 503, "Status of a sealed server."),
                .integer("uninitcode", default: 501, "Status before initialization."),
            ]
        ),
        "sys/leader": ("Which server of a cluster is active.", []),
    ]
}
