// `coffer kv list`.

extension Command {
    static let kvList = Command(
        "kv list", "List data or secrets", usage: "[options] PATH",
        about: """
            Lists the names of the secrets at a path of the key-value engine. Names that end in \
            "/" have secrets below them. With -mount, PATH may be left out.
            """,
        examples: [
            Example("List the top of an engine:", "coffer kv list -mount=secret"),
            Example("List below a path:", "coffer kv list -mount=secret my-app/"),
        ],
        flags: [.mount], takes: .optional
    ) { call in
        guard !call.arguments.isEmpty || call.flags.string(.mount) != nil else {
            throw UsageError("Not enough arguments (expected 1, got 0)")
        }
        let client = try call.client()
        let path = try await call.kvPath(client: client)
        return try await call.list(path.api("metadata"), with: client)
    }
}
