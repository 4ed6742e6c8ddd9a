// `coffer list PATH`: the names below a path.

import JSON

extension Command {
    static let list = Command(
        "list", "List data or secrets", usage: "[options] PATH",
        about:
            "Lists the names below the given path. Names that end in \"/\" have names below them.",
        examples: [
            Example("List what is in a KV version 1 engine:", "coffer list kv/my-app/")
        ],
        takes: .exactly(1)
    ) { call in
        let path = APIPath.sanitized(call.arguments[0])
        let client = try call.client()
        return try await call.list(path, with: client)
    }
}

extension Invocation {
    /// What `list` and `kv list` have in common.
    func list(_ path: String, with client: APIClient) async throws -> ExitCode {
        let secret = try await during("Error listing \(path)") { try await client.list(path) }
        if let secret, secret.isWrapped {
            try output.secret(secret)
            return .success
        }
        guard let secret, secret.keys != nil else {
            if output.isTable {
                if let secret { output.warn(secret.warnings) }
                throw CommandError.server("No value found at \(path)")
            }
            // A script that parses the output finds valid JSON even then.
            try output.value([:])
            return .serverError
        }
        try output.list(secret)
        return .success
    }
}
