// One run of one command: its flags and arguments, and the world it may touch.

import JSON

struct Invocation: Sendable {
    let command: Command
    let flags: FlagValues
    let arguments: [String]
    let world: World

    var console: any Console { world.console }

    var output: Printer {
        Printer(
            console: console, format: OutputFormat(flags.string(.format)),
            field: flags.string(.field))
    }

    /// A client that carries the caller's token.
    func client() throws -> APIClient {
        var settings = try ClientSettings(flags: flags, environment: world.environment)
        settings.token = try world.token()
        settings.retryWaitMilliseconds = world.retryWaitMilliseconds
        return APIClient(settings: settings, printsCurl: flags.bool(.outputCurlString))
    }

    /// A client without a token, for what needs none.
    func anonymousClient() throws -> APIClient {
        var settings = try ClientSettings(flags: flags, environment: world.environment)
        settings.retryWaitMilliseconds = world.retryWaitMilliseconds
        return APIClient(settings: settings, printsCurl: flags.bool(.outputCurlString))
    }

    /// `key=value` arguments from the given one on.
    func data(from index: Int) throws -> JSONValue {
        var builder = KeyValueArguments(readStandardInput: { try readStandardInput() })
        do {
            for (offset, argument) in arguments.dropFirst(index).enumerated() {
                try builder.add(argument, position: index + offset + 1)
            }
        } catch let error as UsageError {
            throw UsageError("Failed to parse K=V data: \(error.message)")
        }
        return .object(builder.object)
    }

    func readStandardInput() throws -> [UInt8] {
        if flags.bool(.nonInteractive) {
            throw UsageError("refusing to read standard input with -non-interactive")
        }
        return try console.readStandardInput()
    }

    /// Asks for a secret without showing it.
    func ask(_ prompt: String, insteadOf advice: String) throws -> String {
        if flags.bool(.nonInteractive) {
            throw CommandError.client(
                TextWrap.fill("Refusing to prompt with -non-interactive specified; \(advice)"))
        }
        do {
            return try console.readHidden(prompt: prompt)
        } catch let error as PromptError {
            throw CommandError.client(TextWrap.fill("\(error.message); \(advice)"))
        }
    }

    /// Runs a request and says what was being done if it fails.
    func during<T: Sendable>(
        _ what: String, code: ExitCode = .serverError, _ body: () async throws -> T
    ) async throws -> T {
        do {
            return try await body()
        } catch let error as ServerError {
            throw CommandError(code: code, message: "\(what): \(error.description)")
        } catch let error as TransportError {
            throw CommandError(code: code, message: "\(what): \(error.description)")
        }
    }
}
