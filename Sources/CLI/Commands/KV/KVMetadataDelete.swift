// `coffer kv metadata delete`.

extension Command {
    static let kvMetadataDelete = Command(
        "kv metadata delete", "Deletes all versions and metadata for a key", usage: "[options] KEY",
        about: """
            Removes a secret of a version 2 engine with all its versions and metadata. Nothing \
            brings it back.
            """,
        examples: [
            Example("Remove a secret for good:", "coffer kv metadata delete -mount=secret creds")
        ],
        flags: [.mount], takes: .exactly(1)
    ) { call in
        let client = try call.client()
        let path = try await call.kvPathVersion2(client: client, "Metadata").api("metadata")
        _ = try await call.during("Error deleting \(path)") {
            try await client.send(.delete(path))
        }
        call.console.printLine("Success! Data deleted (if it existed) at: \(path)")
        return .success
    }
}
