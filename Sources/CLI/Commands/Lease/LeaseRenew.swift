// `coffer lease renew`.

import JSON

extension Flag {
    fileprivate static let increment = Flag(
        "increment", .duration,
        "How much longer the lease should live. The server may give less.", aliases: ["i"])
}

extension Command {
    static let leaseRenew = Command(
        "lease renew", "Renew the lease of a secret", usage: "[options] ID",
        about: "Lets a lease live longer, if it can be renewed; its secret lives as long.",
        examples: [
            Example("Renew a lease:", "coffer lease renew database/creds/readonly/2f6a614c..."),
            Example(
                "Ask for half an hour:", "coffer lease renew -increment=30m database/creds/..."),
        ],
        families: [.http, .format, .field], flags: [.increment], takes: .exactly(1)
    ) { call in
        let id = call.arguments[0].trimmed
        var body: JSONObject = ["lease_id": .string(id)]
        if let increment = call.flags.duration(.increment) {
            body["increment"] = .int(max(0, increment.seconds))
        }
        let (client, request) = (
            try call.client(), APIRequest.put("sys/leases/renew", .object(body))
        )
        let secret = try await call.during("Error renewing \(id)") {
            try await client.send(request)
        }
        guard let secret else { throw CommandError.server("Error renewing \(id): empty answer") }
        try call.output.secret(secret)
        return .success
    }
}
