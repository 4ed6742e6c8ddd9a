// The command line itself is wrong: a flag, an argument, their number. Exit code 1.

struct UsageError: Error, Equatable {
    let message: String

    init(_ message: String) { self.message = message }
}
