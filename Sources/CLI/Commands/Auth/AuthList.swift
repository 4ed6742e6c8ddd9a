// `coffer auth list`.

extension Command {
    static let authList = Command(
        "auth list", "Lists enabled auth methods", usage: "[options]",
        about: "Lists the enabled auth methods, with their paths and types.",
        examples: [Example("With TTLs, options and versions:", "coffer auth list -detailed")],
        flags: [.detailed], takes: .none
    ) { call in
        try await call.listMounts(
            at: "sys/auth", kind: .auth, failing: "Error listing enabled authentications")
    }
}
