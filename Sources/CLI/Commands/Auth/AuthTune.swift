// `coffer auth tune`.

extension Command {
    static let authTune = Command(
        "auth tune", "Tunes an auth method configuration", usage: "[options] PATH",
        about: """
            Changes the settings of the auth method at the given path. What is not named stays as \
            it is. A negative TTL goes back to the system's.
            """,
        examples: [
            Example(
                "Let its tokens live an hour:", "coffer auth tune -default-lease-ttl=1h userpass/")
        ],
        families: [.http], flags: Flag.mountConfiguration + Flag.userLockout + [.tokenType],
        takes: .exactly(1)
    ) { call in
        let path = APIPath.sanitized(call.arguments[0])
        let body = call.flags.tuneRequest()
        let client = try call.client()
        _ = try await call.during("Error tuning auth method \(path)/") {
            try await client.send(.post("sys/mounts/auth/\(path)/tune", body))
        }
        call.console.printLine("Success! Tuned the auth method at: \(path)/")
        return .success
    }
}
