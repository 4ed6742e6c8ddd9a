// `coffer write PATH K=V...`: any path of the API, with PUT.

import JSON

extension Command {
    static let write = Command(
        "write", "Write data, configuration, and secrets", usage: "[options] PATH [DATA K=V...]",
        about: """
            Writes data to the server at the given path. The data can be credentials, secrets, \
            configuration or arbitrary data; what a path takes is up to the engine behind it.

            Data is given as "key=value" pairs. A value that begins with "@" is read from that \
            file, and "-" is read from standard input. "@file" or "-" in place of a pair is a \
            whole JSON object. Write "\\@" for a value that really begins with "@".
            """,
        examples: [
            Example(
                "Store an arbitrary secret in a KV version 1 engine:",
                "coffer write kv/my-secret value=s3cr3t"),
            Example(
                "Configure something from a JSON file:",
                "coffer write sys/policies/acl/dev @policy.json"),
            Example("Ask a path that takes no data:", "coffer write -force sys/wrapping/wrap"),
        ],
        families: [.http, .format, .field], flags: [.force], takes: .atLeast(1)
    ) { call in
        try await call.write { path, data in .put(path, data) }
    }
}

extension Invocation {
    /// What `write` and `patch` have in common.
    func write(_ request: (String, JSONValue) -> APIRequest) async throws -> ExitCode {
        guard arguments.count > 1 || flags.bool(.force) else {
            throw UsageError("Must supply data or use -force")
        }
        let path = APIPath.sanitized(arguments[0])
        let request = request(path, try data(from: 1))
        let client = try client()
        let secret = try await during("Error writing data to \(path)") {
            try await client.send(request)
        }
        try show(secret, orSay: "Success! Data written to: \(path)")
        return .success
    }

    /// Prints an answer, or in a table's place the words for there being none.
    func show(_ secret: Secret?, orSay words: String) throws {
        if let secret {
            try output.secret(secret)
        } else {
            output.success(words)
        }
    }
}
