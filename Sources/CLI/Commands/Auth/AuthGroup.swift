// `coffer auth`: the ways to log in.

extension CommandGroup {
    static let auth = CommandGroup(
        "auth", "Interact with auth methods",
        about: """
            Commands for auth methods. An auth method is a way to log in, such as a user name with \
            a password or a Kubernetes service account. To log in, see "coffer login".
            """,
        examples: [
            Example("List the enabled methods:", "coffer auth list"),
            Example("Enable user names with passwords:", "coffer auth enable userpass"),
        ])
}
