// `coffer audit`: where the record of all requests goes.

extension CommandGroup {
    static let audit = CommandGroup(
        "audit", "Interact with audit devices",
        about: """
            Commands for audit devices. A device writes down every request and every answer, with \
            the secrets in them hashed. While a device is enabled, what cannot be written down is \
            not done.
            """,
        examples: [
            Example("List the enabled devices:", "coffer audit list"),
            Example("Write to a file:", "coffer audit enable file file_path=/var/log/audit.log"),
        ])
}
