// `coffer secrets tune`.

extension Command {
    static let secretsTune = Command(
        "secrets tune", "Tune a secrets engine configuration", usage: "[options] PATH",
        about: """
            Changes the settings of the secrets engine at the given path. What is not named stays \
            as it is. A negative TTL goes back to the system's.
            """,
        examples: [
            Example(
                "Let its leases live at most a day:", "coffer secrets tune -max-lease-ttl=24h apps/"
            )
        ],
        families: [.http], flags: Flag.mountConfiguration, takes: .exactly(1)
    ) { call in
        let path = APIPath.sanitized(call.arguments[0])
        let body = call.flags.tuneRequest()
        let client = try call.client()
        _ = try await call.during("Error tuning secrets engine \(path)/") {
            try await client.send(.post("sys/mounts/\(path)/tune", body))
        }
        call.console.printLine("Success! Tuned the secrets engine at: \(path)/")
        return .success
    }
}
