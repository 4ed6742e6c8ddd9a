// `coffer kv undelete`.

import JSON

extension Command {
    static let kvUndelete = Command(
        "kv undelete", "Undeletes versions in the KV store", usage: "[options] KEY",
        about: "Brings deleted versions of a secret in a version 2 engine back.",
        examples: [
            Example("Bring version 3 back:", "coffer kv undelete -mount=secret -versions=3 creds")
        ],
        flags: [.mount, .versions], takes: .exactly(1)
    ) { call in
        try await call.changeVersions(side: "undelete", "Undelete")
    }
}

extension Invocation {
    /// What `undelete` and `destroy` have in common.
    func changeVersions(side: String, _ what: String) async throws -> ExitCode {
        let versions = try versions(.versions)
        guard !versions.isEmpty else {
            throw UsageError(
                "No versions provided, use the \"-versions\" flag to specify the version to "
                    + "\(side)."
            )
        }
        let client = try client()
        let path = try await kvPathVersion2(client: client, what)
        let fullPath = path.api(side)
        let secret = try await during("Error writing data to \(fullPath)") {
            try await client.send(.put(fullPath, ["versions": .array(versions)]))
        }
        try show(secret, orSay: "Success! Data written to: \(fullPath)")
        return .success
    }
}
