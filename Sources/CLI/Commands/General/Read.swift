// `coffer read PATH`: any path of the API, with GET.

extension Command {
    static let read = Command(
        "read", "Read data and retrieve secrets", usage: "[options] PATH [DATA K=V...]",
        about: """
            Reads data from the server at the given path. This can be used to read secrets, to \
            generate credentials, to read configuration and more. K=V arguments are sent as query \
            parameters.
            """,
        examples: [
            Example("Read details of your own token:", "coffer read auth/token/lookup-self"),
            Example(
                "Print one field, for a script:", "coffer read -field=id auth/token/lookup-self"),
            Example("Print the answer's bytes as they came:", "coffer read -format=raw sys/health"),
        ],
        families: [.http, .format, .field], takes: .atLeast(1)
    ) { call in
        let path = APIPath.sanitized(call.arguments[0])
        let query = try QueryArguments.pairs(try call.data(from: 1))
        let client = try call.client()
        if call.output.format == .raw {
            let answer = try await call.during("Error reading \(path)") {
                try await client.exchange(.get(path, query: query))
            }
            call.console.write(answer.body + (call.console.isOutputTerminal ? [0x0A] : []))
            return .success
        }
        let secret = try await call.during("Error reading \(path)") {
            try await client.read(path, query: query)
        }
        guard let secret else { throw CommandError.server("No value found at \(path)") }
        try call.output.secret(secret)
        return .success
    }
}
