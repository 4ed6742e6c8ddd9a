// `coffer operator`: what the people who run the server do.

extension CommandGroup {
    static let operatorGroup = CommandGroup(
        "operator", "Perform operator-specific tasks",
        about: """
            Commands for the people who run the server: initialize it, unseal it after a start, \
            seal it in an emergency.
            """,
        examples: [
            Example("Initialize a new server:", "coffer operator init"),
            Example(
                "Unseal it; repeat with other keys until the threshold is reached:",
                "coffer operator unseal"),
        ])
}
