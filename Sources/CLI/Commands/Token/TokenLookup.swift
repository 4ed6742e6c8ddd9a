// `coffer token lookup`.

import JSON

extension Command {
    static let tokenLookup = Command(
        "token lookup", "Display information about a token",
        usage: "[options] [TOKEN | ACCESSOR]",
        about: """
            Shows what the server knows about a token: policies, remaining life, metadata. Without \
            TOKEN it is your own. "-" reads the token from standard input.
            """,
        examples: [
            Example("Your own token:", "coffer token lookup"),
            Example(
                "A token that you know only the accessor of:",
                "coffer token lookup -accessor 9793c9b3-e04a-46f3-e7b8-748d7da248da"),
        ],
        families: [.http, .format, .field], flags: [.accessor], takes: .optional
    ) { call in
        let token = try call.secretArgument(0)
        let byAccessor = call.flags.bool(.accessor)
        let request: APIRequest
        switch (token, byAccessor) {
        case (nil, true):
            throw UsageError("Not enough arguments with -accessor (expected 1, got 0)")
        case (nil, false): request = .get("auth/token/lookup-self")
        case (let token?, true):
            request = .post("auth/token/lookup-accessor", ["accessor": .string(token)])
        case (let token?, false): request = .post("auth/token/lookup", ["token": .string(token)])
        }
        let client = try call.client()
        let secret = try await call.during("Error looking up token") {
            try await client.send(request)
        }
        guard let secret else { throw CommandError.server("Error looking up token: empty answer") }
        try call.output.secret(secret)
        return .success
    }
}
