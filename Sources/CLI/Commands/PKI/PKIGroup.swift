// `coffer pki`: authorities and their certificates.

extension CommandGroup {
    static let pki = CommandGroup(
        "pki", "Interact with the PKI engine",
        about: """
            Commands for what takes several requests to the PKI engine: to make an intermediate \
            authority, to see which certificate signed which, and to look whether a mount is well. \
            Everything else of it is done with "coffer read" and "coffer write".
            """,
        examples: [
            Example(
                "Make an intermediate authority below a root:",
                "coffer pki issue -issuer_name=web pki_root/issuer/default pki_int/ "
                    + "common_name=\"Web CA\""),
            Example(
                "See whether one certificate signed another:",
                "coffer pki verify-sign pki_root/issuer/default pki_int/issuer/web"),
        ])
}
