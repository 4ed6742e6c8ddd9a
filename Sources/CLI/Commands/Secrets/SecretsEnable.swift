// `coffer secrets enable`.

extension Command {
    static let secretsEnable = Command(
        "secrets enable", "Enable a secrets engine", usage: "[options] TYPE",
        about: """
            Enables a secrets engine of the given type. It is enabled at the path that is its type \
            unless -path says otherwise.
            """,
        examples: [
            Example(
                "Enable a KV version 2 engine at \"apps/\":",
                "coffer secrets enable -path=apps -version=2 kv")
        ],
        families: [.http],
        flags: [.mountPath] + Flag.mountConfiguration + [.forceNoCache, .local, .sealWrap],
        takes: .exactly(1)
    ) { call in
        let type = call.arguments[0].trimmed
        let path = APIPath.sanitized(call.flags.string(.mountPath) ?? type) + "/"
        let body = call.flags.mountRequest(type: type)
        let client = try call.client()
        _ = try await call.during("Error enabling") {
            try await client.send(.post("sys/mounts/\(path.dropLast())", body))
        }
        let version = call.flags.string(.pluginVersion).map { " version " + $0 } ?? ""
        call.console.printLine(
            "Success! Enabled the \(type) secrets engine\(version) at: \(path)")
        return .success
    }
}
