// `coffer auth enable`.

extension Command {
    static let authEnable = Command(
        "auth enable", "Enables a new auth method", usage: "[options] TYPE",
        about: """
            Enables an auth method of the given type. It is enabled at the path that is its type \
            unless -path says otherwise; logins go to auth/<path>/login.
            """,
        examples: [
            Example("Enable user names with passwords:", "coffer auth enable userpass"),
            Example(
                "Enable a method at a path of your choice:",
                "coffer auth enable -path=ci approle"),
        ],
        families: [.http],
        flags: [.mountPath] + Flag.mountConfiguration + [.tokenType, .local, .sealWrap],
        takes: .exactly(1)
    ) { call in
        let type = call.arguments[0].trimmed
        let path = APIPath.sanitized(call.flags.string(.mountPath) ?? type) + "/"
        let body = call.flags.mountRequest(type: type)
        let client = try call.client()
        _ = try await call.during("Error enabling \(type) auth") {
            try await client.send(.post("sys/auth/\(path.dropLast())", body))
        }
        let version = call.flags.string(.pluginVersion).map { " version " + $0 } ?? ""
        call.console.printLine("Success! Enabled \(type) auth method\(version) at: \(path)")
        return .success
    }
}
