// `coffer patch PATH K=V...`: changes parts of what is there, with PATCH and a JSON merge patch.

extension Command {
    static let patch = Command(
        "patch", "Patch data, configuration, and secrets", usage: "[options] PATH [DATA K=V...]",
        about: """
            Changes parts of what is stored at the given path, with a JSON merge patch: what is \
            named is replaced, what is not named stays. Data is given as with "coffer write". Not \
            every path can be patched. For KV secrets, "coffer kv patch" is easier.
            """,
        examples: [
            Example(
                "Change one setting and leave the others alone:",
                "coffer patch secret/metadata/my-secret max_versions=5")
        ],
        families: [.http, .format, .field], flags: [.force], takes: .atLeast(1)
    ) { call in
        try await call.write { path, data in .patch(path, data) }
    }
}
