// `coffer secrets list`.

extension Command {
    static let secretsList = Command(
        "secrets list", "List enabled secrets engines", usage: "[options]",
        about: "Lists the enabled secrets engines, with their paths and types.",
        examples: [
            Example("With TTLs, options and versions:", "coffer secrets list -detailed")
        ],
        flags: [.detailed], takes: .none
    ) { call in
        try await call.listMounts(
            at: "sys/mounts", kind: .secrets, failing: "Error listing secrets engines")
    }
}
