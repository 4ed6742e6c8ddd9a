// `coffer operator step-down`: the active node of a cluster gives up leading it.

extension Command {
    static let operatorStepDown = Command(
        "operator step-down", "Forces the active node to resign", usage: "[options]",
        about: """
            Lets the active node of a cluster give up its lead, so that another one takes over. A \
            single node goes on as it was.
            """,
        examples: [Example("Resign:", "coffer operator step-down")], families: [.http],
        takes: .none
    ) { call in
        let client = try call.client()
        _ = try await call.during("Error stepping down") {
            try await client.send(.put("sys/step-down"))
        }
        call.console.printLine("Success! Stepped down: \(client.settings.address.baseText)")
        return .success
    }
}
