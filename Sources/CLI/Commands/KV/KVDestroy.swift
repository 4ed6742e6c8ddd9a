// `coffer kv destroy`.

extension Command {
    static let kvDestroy = Command(
        "kv destroy", "Permanently removes one or more versions in the KV store",
        usage: "[options] KEY",
        about: """
            Removes the data of versions of a secret in a version 2 engine. Nothing brings it \
            back. To remove the secret with all its versions, see "coffer kv metadata delete".
            """,
        examples: [
            Example("Destroy version 3:", "coffer kv destroy -mount=secret -versions=3 creds")
        ],
        flags: [.mount, .versions], takes: .exactly(1)
    ) { call in
        try await call.changeVersions(side: "destroy", "Destroy")
    }
}
