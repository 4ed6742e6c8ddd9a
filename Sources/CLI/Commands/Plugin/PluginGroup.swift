// `coffer plugin`: engines and auth methods of other people.

extension CommandGroup {
    static let plugin = CommandGroup(
        "plugin", "Interact with plugins",
        about: """
            Commands for plugins. A plugin is a program of its own that serves as a secrets \
            engine or an auth method; anybody can write one, in any language.
            """,
        examples: [
            Example("List the plugins of the catalog:", "coffer plugin list"),
            Example(
                "Register one:",
                "coffer plugin register -sha256=d3f0a8be... -version=v1.0.0 secret counter"),
            Example(
                "See whether a plugin keeps to the protocol:", "coffer plugin test ./my-plugin"),
        ])
}
