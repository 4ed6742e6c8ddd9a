// `coffer token renew`.

import JSON

extension Flag {
    fileprivate static let increment = Flag(
        "increment", .duration,
        "How much longer the token should live. The server may give less.", aliases: ["i"])
}

extension Command {
    static let tokenRenew = Command(
        "token renew", "Renew a token lease", usage: "[options] [TOKEN | ACCESSOR]",
        about: """
            Lets a token live longer, if it can be renewed. Without TOKEN it is your own. "-" \
            reads the token from standard input.
            """,
        examples: [
            Example("Renew your own token:", "coffer token renew"),
            Example("Ask for half an hour:", "coffer token renew -increment=30m"),
        ],
        families: [.http, .format, .field], flags: [.accessor, .increment], takes: .optional
    ) { call in
        let token = try call.secretArgument(0)
        var body = JSONObject()
        let path: String
        switch (token, call.flags.bool(.accessor)) {
        case (nil, true):
            throw UsageError("Not enough arguments with -accessor (expected 1, got 0)")
        case (nil, false): path = "auth/token/renew-self"
        case (let token?, true):
            path = "auth/token/renew-accessor"
            body["accessor"] = .string(token)
        case (let token?, false):
            path = "auth/token/renew"
            body["token"] = .string(token)
        }
        if let increment = call.flags.duration(.increment) {
            body["increment"] = .int(max(0, increment.seconds))
        }
        let (client, request) = (try call.client(), APIRequest.put(path, .object(body)))
        let secret = try await call.during("Error renewing token") {
            try await client.send(request)
        }
        guard let secret else { throw CommandError.server("Error renewing token: empty answer") }
        try call.output.secret(secret)
        return .success
    }
}
