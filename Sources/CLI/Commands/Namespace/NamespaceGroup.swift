// `coffer namespace`: tenants of one server.

import JSON

extension CommandGroup {
    static let namespace = CommandGroup(
        "namespace", "Interact with namespaces",
        about: """
            Commands for namespaces. A namespace is a tenant's own part of the server, with \
            engines, auth methods, policies and tokens of its own. All commands work in the \
            namespace that -namespace or VAULT_NAMESPACE names, and paths are below that one.
            """,
        examples: [
            Example("Make a namespace:", "coffer namespace create team"),
            Example("List the secrets engines in it:", "coffer secrets list -namespace=team"),
        ])
}

extension Invocation {
    /// The one argument, without slashes at its ends.
    var namespacePath: String { APIPath.sanitized(arguments[0].trimmed) }

    /// For commands about the current namespace or one below it.
    func lockPath(_ operation: String) -> String {
        let path = arguments.first.map { APIPath.sanitized($0.trimmed) } ?? ""
        return "sys/namespaces/api-lock/\(operation)" + (path.isEmpty ? "" : "/" + path)
    }

    /// The metadata that flags give; `null` for those that are to go.
    func namespaceMetadata(removing names: [String] = []) -> JSONObject {
        var metadata = JSONObject(
            flags.pairs(.customMetadata).map { ($0.key, .string($0.value)) })
        for name in names { metadata[name] = .null }
        return metadata
    }
}
