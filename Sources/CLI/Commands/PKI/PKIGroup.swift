// `coffer pki`: hierarchies of certificate authorities.

extension CommandGroup {
    static let pki = CommandGroup(
        "pki", "Interact with the PKI engine",
        about: """
            Commands for hierarchies of certificate authorities. Everything else of the engine is \
            done with "coffer read" and "coffer write".
            """,
        examples: [
            Example(
                "Make an intermediate that the default issuer of another mount signs:",
                "coffer pki issue pki-root/issuer/default pki-web common_name=\"Web\" key_type=ec")
        ])
}
