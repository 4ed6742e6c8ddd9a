// `coffer delete PATH`: any path of the API, with DELETE.

extension Command {
    static let delete = Command(
        "delete", "Delete secrets and configuration", usage: "[options] PATH [DATA K=V...]",
        about: """
            Deletes secrets and configuration at the given path. What that does is up to the \
            engine behind the path. K=V arguments are sent as query parameters.
            """,
        examples: [
            Example("Delete a secret in a KV version 1 engine:", "coffer delete kv/my-secret")
        ],
        families: [.http, .format, .field], takes: .atLeast(1)
    ) { call in
        let path = APIPath.sanitized(call.arguments[0])
        let query = try QueryArguments.pairs(try call.data(from: 1))
        let client = try call.client()
        let secret = try await call.during("Error deleting \(path)") {
            try await client.send(.delete(path, query: query))
        }
        try call.show(secret, orSay: "Success! Data deleted (if it existed) at: \(path)")
        return .success
    }
}
