// `coffer kv`: the key-value engine, both of its versions.

extension CommandGroup {
    static let kv = CommandGroup(
        "kv", "Interact with the key-value storage",
        about: """
            Commands for the key-value engine. They find out by themselves which version of it is \
            at a path: version 2 keeps old versions of every secret, version 1 does not.
            """,
        examples: [
            Example(
                "Store a secret named \"creds\" in the engine at \"secret/\":",
                "coffer kv put -mount=secret creds username=appuser password=-"),
            Example("Read it back:", "coffer kv get -mount=secret creds"),
            Example("Read an older version:", "coffer kv get -mount=secret -version=1 creds"),
            Example("Mount and path can be written as one, too:", "coffer kv get secret/creds"),
        ])

    static let kvMetadata = CommandGroup(
        "kv metadata", "Interact with the metadata of secrets",
        about: """
            Commands for what a version 2 engine keeps about a secret: its versions, how many of \
            them to keep, and metadata of your own.
            """,
        examples: [
            Example("See all versions of a secret:", "coffer kv metadata get -mount=secret creds"),
            Example(
                "Keep five of them:",
                "coffer kv metadata put -mount=secret -max-versions=5 creds"),
        ])
}
