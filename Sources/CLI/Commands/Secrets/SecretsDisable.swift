// `coffer secrets disable`.

extension Command {
    static let secretsDisable = Command(
        "secrets disable", "Disable a secrets engine", usage: "[options] PATH",
        about: """
            Disables the secrets engine at the given path. All its secrets are revoked and all its \
            data is deleted; nothing brings them back. While its secrets cannot be revoked, since \
            a database is down for example, it stays; "coffer lease revoke -force -prefix PATH" \
            gives them up.
            """,
        examples: [Example("Disable the engine at \"apps/\":", "coffer secrets disable apps/")],
        families: [.http], takes: .exactly(1)
    ) { call in
        let path = APIPath.sanitized(call.arguments[0])
        let client = try call.client()
        _ = try await call.during("Error disabling secrets engine at \(path)/") {
            try await client.send(.delete("sys/mounts/\(path)"))
        }
        call.console.printLine(
            "Success! Disabled the secrets engine (if it existed) at: \(path)/")
        return .success
    }
}
