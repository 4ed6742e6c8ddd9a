// `coffer operator unseal`: hands one unseal key to the server.

import JSON

extension Flag {
    fileprivate static let reset = Flag(
        "reset", .boolean, "Forget the unseal keys that were given so far.")
}

extension Command {
    static let operatorUnseal = Command(
        "operator unseal", "Unseals a server", usage: "[options] [KEY]",
        about: """
            Gives one unseal key to the server. The server is unsealed when as many different keys \
            as its threshold says have been given, by any number of people from any machine.

            Without KEY it asks for the key and does not show it. That is the best way: a key \
            among the arguments stays in the shell's history and is seen in the list of processes. \
            "-" reads the key from standard input.
            """,
        examples: [
            Example("Type a key:", "coffer operator unseal"),
            Example("Start over:", "coffer operator unseal -reset"),
        ],
        flags: [.reset], takes: .optional
    ) { call in
        var client = try call.anonymousClient()
        client.settings.wrapTTL = nil
        let unsealing = client
        let request: APIRequest
        let what: String
        if call.flags.bool(.reset) {
            request = .put("sys/unseal", ["reset": true])
            what = "Error resetting unseal process"
        } else {
            let key =
                try call.secretArgument(0)
                ?? call.ask(
                    "Unseal Key (will be hidden): ",
                    insteadOf: "give \"-\" as the argument to read the key from standard input."
                ).trimmed
            request = .put("sys/unseal", ["key": .string(key)])
            what = "Error unsealing"
        }
        let seal = try await call.during(what) { try await unsealing.object(request) }
        try await SealStatus.complete(seal, call: call, client: unsealing).show(on: call.output)
        return .success
    }
}
