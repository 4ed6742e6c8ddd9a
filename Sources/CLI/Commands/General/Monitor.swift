// `coffer monitor`: the server's log as it is written.

extension Command {
    private static let logLevel = Flag(
        "log-level", .string, "Which lines to show: trace, debug, info, warn or error.",
        placeholder: "level", fallback: "info",
        choices: ["trace", "debug", "info", "warn", "error"])
    private static let logFormat = Flag(
        "log-format", .string, "How the lines are written: standard or json.",
        placeholder: "format", fallback: "standard", choices: ["standard", "json"])

    static let monitor = Command(
        "monitor", "Stream log messages from the server", usage: "[options]",
        about: """
            Prints the server's log as it is written, until it is interrupted, the server seals or \
            the server ends. When lines come faster than they are read, the server drops some and \
            says how many.
            """,
        examples: [
            Example(
                "Watch with more detail than the log itself has:", "coffer monitor -log-level=debug"
            )
        ],
        families: [.http], flags: [logLevel, logFormat], takes: .none
    ) { call in
        let client = try call.client()
        let console = call.console
        let request = APIRequest.get(
            "sys/monitor",
            query: [
                (name: "log_level", value: call.flags.string(logLevel) ?? "info"),
                (name: "log_format", value: call.flags.string(logFormat) ?? "standard"),
            ])
        try await call.during("Error streaming the log") {
            try await client.stream(request) { console.write($0) }
        }
        return .success
    }
}
