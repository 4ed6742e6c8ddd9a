// `coffer secrets`: the secrets engines and where they are mounted.

extension CommandGroup {
    static let secrets = CommandGroup(
        "secrets", "Interact with secrets engines",
        about: """
            Commands for secrets engines. An engine stores, makes or encrypts secrets; it is \
            enabled at a path and answers what is asked below it.
            """,
        examples: [
            Example("List the enabled engines:", "coffer secrets list"),
            Example("Enable a KV engine at \"apps/\":", "coffer secrets enable -path=apps kv-v2"),
        ])
}
