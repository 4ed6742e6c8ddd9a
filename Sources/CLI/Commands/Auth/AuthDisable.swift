// `coffer auth disable`.

extension Command {
    static let authDisable = Command(
        "auth disable", "Disables an auth method", usage: "[options] PATH",
        about: """
            Disables the auth method at the given path. All tokens that came from it are revoked, \
            and its users and settings are deleted.
            """,
        examples: [
            Example("Disable the method at \"userpass/\":", "coffer auth disable userpass/")
        ],
        families: [.http], takes: .exactly(1)
    ) { call in
        let path = APIPath.sanitized(call.arguments[0])
        let client = try call.client()
        _ = try await call.during("Error disabling auth method at \(path)/") {
            try await client.send(.delete("sys/auth/\(path)"))
        }
        call.console.printLine("Success! Disabled the auth method (if it existed) at: \(path)/")
        return .success
    }
}
