// `coffer policy`: who may do what.

extension CommandGroup {
    static let policy = CommandGroup(
        "policy", "Interact with policies",
        about: """
            Commands for policies. A policy names paths and what may be done there; tokens carry \
            policies; what no policy allows is denied.
            """,
        examples: [
            Example("Upload a policy from a file:", "coffer policy write my-app my-app.hcl"),
            Example("Read it back:", "coffer policy read my-app"),
        ])
}

enum PolicyName {
    /// Policies are known by their names in lower case.
    static func normalized(_ name: String) -> String { name.trimmed.lowercased() }
}
