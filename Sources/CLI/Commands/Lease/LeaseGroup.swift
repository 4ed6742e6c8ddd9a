// `coffer lease`: secrets that end.

extension CommandGroup {
    static let lease = CommandGroup(
        "lease", "Interact with leases",
        about: """
            Commands for leases. A secret that an engine made for you, such as a database \
            password, ends with its lease: look at it, let it live longer, or end it.
            """,
        examples: [
            Example("Renew a lease:", "coffer lease renew database/creds/readonly/2f6a614c..."),
            Example("End all leases of a role:", "coffer lease revoke -prefix database/creds/app"),
        ])
}
