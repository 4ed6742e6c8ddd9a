// The exit codes of the `vault` command, which scripts depend on.

struct ExitCode: Equatable, Sendable {
    let value: Int32

    static let success = ExitCode(value: 0)
    /// The command line or a local file is wrong; nothing was asked of the server.
    static let clientError = ExitCode(value: 1)
    /// The server refused, could not be reached, or had nothing to show.
    static let serverError = ExitCode(value: 2)
    static let unknownCommand = ExitCode(value: 127)

    /// "Sealed" and "not initialized", which are answers rather than errors.
    static let notReady = ExitCode(value: 2)
}

/// Ends a command with a message on standard error.
struct CommandError: Error {
    let code: ExitCode
    let message: String

    static func client(_ message: String) -> CommandError {
        CommandError(code: .clientError, message: message)
    }

    static func server(_ message: String) -> CommandError {
        CommandError(code: .serverError, message: message)
    }
}
