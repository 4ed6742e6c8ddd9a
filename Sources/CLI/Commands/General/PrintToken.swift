// `coffer print token`: the token that the other commands use.

extension CommandGroup {
    static let printGroup = CommandGroup(
        "print", "Print what the commands run with",
        about: "Prints values that the other commands use.",
        examples: [Example("Use your token with curl:", "coffer print token")])
}

extension Command {
    static let printToken = Command(
        "print token", "Print the token in use",
        about: """
            Prints the token that the other commands use: the one in COFFER_TOKEN or VAULT_TOKEN, \
            else the one that "coffer login" stored.
            """,
        examples: [
            Example(
                "Use your token with curl:",
                #"curl -H "X-Vault-Token: $(coffer print token)" $COFFER_ADDR/v1/sys/mounts"#)
        ],
        families: [], takes: .none
    ) { call in
        call.console.printLine(try call.world.token() ?? "")
        return .success
    }
}
