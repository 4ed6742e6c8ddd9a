// `coffer transit`: the engine that encrypts and signs.

extension CommandGroup {
    static let transit = CommandGroup(
        "transit", "Interact with the transit engine",
        about: """
            Commands for the engine that encrypts and signs without handing out keys. Everything \
            else of it is done with "coffer read" and "coffer write".
            """,
        examples: [
            Example(
                "Bring a key of your own:",
                "coffer transit import transit/keys/orders @key.b64 type=aes256-gcm96")
        ])
}
