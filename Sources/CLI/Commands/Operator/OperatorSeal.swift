// `coffer operator seal`: the emergency stop.

extension Command {
    static let operatorSeal = Command(
        "operator seal", "Seals the server", usage: "[options]",
        about: """
            Seals the server: it forgets the root key and answers nothing until it is unsealed \
            again with the unseal keys. Do this when you think that somebody has broken in. It \
            needs a token with sudo on sys/seal.
            """,
        examples: [Example("Seal at once:", "coffer operator seal")],
        families: [.http], takes: .none
    ) { call in
        let client = try call.client()
        _ = try await call.during("Error sealing") { try await client.send(.put("sys/seal")) }
        call.console.printLine("Success! Coffer is sealed.")
        return .success
    }
}
