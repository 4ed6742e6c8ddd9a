// `coffer status`: sealed or not, told by the exit code as well.

import JSON

extension Command {
    static let status = Command(
        "status", "Print seal and HA status", usage: "[options]",
        about: """
            Prints the server's state: whether it is initialized and unsealed, its version and its \
            storage. The exit code tells it, too:

                - 0 - unsealed
                - 1 - error
                - 2 - sealed
            """,
        examples: [
            Example(
                "Wait in a script until the server can be used:",
                "until coffer status >/dev/null; do sleep 1; done")
        ],
        families: [.http, .format, .field], takes: .none
    ) { call in
        var client = try call.anonymousClient()
        client.settings.namespace = ""
        client.settings.wrapTTL = nil
        let statusClient = client
        let seal = try await call.during("Error checking seal status", code: .clientError) {
            try await statusClient.object(.get("sys/seal-status"))
        }
        let status = try await SealStatus.complete(seal, call: call, client: statusClient)
        if let field = call.output.field {
            try call.output.rawField(field, of: status.json[field], in: "seal status")
        } else {
            try status.show(on: call.output)
        }
        return status.isSealed ? .notReady : .success
    }
}
