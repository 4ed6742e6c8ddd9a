// `coffer token capabilities`: what a token may do at a path.

import JSON

extension Command {
    static let tokenCapabilities = Command(
        "token capabilities", "Print capabilities of a token on a path",
        usage: "[options] [TOKEN | ACCESSOR] PATH",
        about: """
            Prints what a token may do at a path: create, read, update, patch, delete, list, sudo, \
            or deny. Without TOKEN it is your own. "-" reads the token from standard input.
            """,
        examples: [
            Example("What you may do:", "coffer token capabilities secret/data/my-app")
        ],
        flags: [.accessor], takes: .between(1, 2)
    ) { call in
        let byAccessor = call.flags.bool(.accessor)
        guard !byAccessor || call.arguments.count == 2 else {
            throw UsageError("Not enough arguments with -accessor (expected 2, got 1)")
        }
        let path = call.arguments[call.arguments.count - 1]
        var body: JSONValue = ["paths": [.string(path)]]
        var endpoint = "sys/capabilities-self"
        if call.arguments.count == 2, let token = try call.secretArgument(0) {
            endpoint = byAccessor ? "sys/capabilities-accessor" : "sys/capabilities"
            let name = byAccessor ? "accessor" : "token"
            body = .object(["paths": [.string(path)], name: .string(token)])
        }
        let (client, request) = (try call.client(), APIRequest.post(endpoint, body))
        let secret = try await call.during("Error listing capabilities") {
            try await client.send(request)
        }
        let found = secret?.data?[path] ?? secret?.data?["capabilities"]
        guard let capabilities = found?.arrayValue else {
            throw CommandError.client("No capabilities found")
        }
        if call.output.isTable {
            let names = capabilities.compactMap(\.stringValue).sortedByBytes
            call.console.printLine(names.joined(separator: ", "))
        } else {
            try call.output.value(.array(capabilities))
        }
        return .success
    }
}
