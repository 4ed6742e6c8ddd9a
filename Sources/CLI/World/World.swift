// Everything outside the command line that a command may touch.

struct World: Sendable {
    let console: any Console
    let environment: Environment
    let serverRunner: ServerRunner?
    /// The first pause before a request is tried again; tests make it short.
    var retryWaitMilliseconds = 1000

    /// The token of the environment, else the one that `login` stored.
    func token() throws -> String? {
        if let (_, value) = environment.setting("TOKEN") { return value.trimmed }
        do {
            return try TokenFile(environment: environment)?.read()
        } catch {
            throw CommandError.server("Error reading the stored token: \(error.message)")
        }
    }
}
