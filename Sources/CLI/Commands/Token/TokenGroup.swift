// `coffer token`: tokens, without which the server tells nobody anything.

extension CommandGroup {
    static let token = CommandGroup(
        "token", "Interact with tokens",
        about: """
            Commands for tokens: make one, look at it, let it live longer, end it, and see what it \
            may do.
            """,
        examples: [
            Example(
                "Make a token for an application:", "coffer token create -policy=my-app -ttl=1h"),
            Example("Look at your own:", "coffer token lookup"),
        ])
}

extension Flag {
    static let accessor = Flag(
        "accessor", .boolean,
        "Take the argument as a token's accessor, with which you need not know the token.")
}
