// The entry point: words in, exit code out.

/// Runs a server until it ends, and returns the process's exit code. With a greeting there is no
/// engine in it to begin with.
public typealias ServerRunner = @Sendable (ServerOptions, ServerGreeting?) async -> Int32

public struct CommandLineTool: Sendable {
    private let world: World
    private let tree: CommandTree

    /// Without a `serverRunner` this build cannot serve, and `coffer server` says so.
    public init(
        console: any Console = StandardConsole(), environment: Environment = .process,
        serverRunner: ServerRunner? = nil
    ) {
        self.init(
            world: World(
                console: console, environment: environment, serverRunner: serverRunner))
    }

    init(world: World) {
        self.world = world
        tree = .all
    }

    /// `arguments` are those after the program's name.
    public func run(_ arguments: [String]) async -> Int32 {
        await dispatch(arguments).value
    }

    private func dispatch(_ arguments: [String]) async -> ExitCode {
        do {
            switch try tree.resolve(arguments) {
            case .command(let command, let words):
                return await run(command, words: words)
            case .group(let group, let helpWanted):
                return show(
                    HelpPage.page(of: group, in: tree), wanted: helpWanted, else: .clientError)
            case .frontPage(let helpWanted):
                return show(HelpPage.frontPage(of: tree), wanted: helpWanted, else: .unknownCommand)
            case .version:
                return await dispatch(["version"])
            case .unknown(let word, let parent, let suggestion):
                return unknown(word, parent: parent, suggestion: suggestion)
            }
        } catch {
            return fail(error.message, .clientError)
        }
    }

    private func run(_ command: Command, words: [String]) async -> ExitCode {
        do {
            let parser = FlagParser(flags: command.flags)
            switch try parser.parse(words, environment: world.environment) {
            case .helpWanted:
                world.console.printLine(HelpPage.page(of: command))
                return .success
            case .parsed(let flags, let arguments):
                try command.takes.check(arguments.count)
                return try await command.body(
                    Invocation(
                        command: command, flags: flags, arguments: arguments, world: world))
            }
        } catch let error as UsageError {
            return fail(error.message + "\n\n\(seeHelp(command.words))", .clientError)
        } catch let error as CommandError {
            return fail(error.message, error.code)
        } catch let curl as CurlCommand {
            world.console.printLine(curl.text)
            return .success
        } catch {
            // Refusals that a command gave no words of its own.
            return fail("\(error)", .serverError)
        }
    }

    private func show(_ page: String, wanted: Bool, else code: ExitCode) -> ExitCode {
        if wanted {
            world.console.printLine(page)
            return .success
        }
        return fail(page, code)
    }

    private func unknown(_ word: String, parent: [String], suggestion: String?) -> ExitCode {
        let name = (["coffer"] + parent).joined(separator: " ")
        var message = "\(name): \"\(word)\" is not a command."
        if let suggestion { message += " Did you mean \"\(name) \(suggestion)\"?" }
        return fail(message + "\n\n\(seeHelp(parent))", .unknownCommand)
    }

    private func seeHelp(_ words: [String]) -> String {
        "See \"" + (["coffer"] + words + ["-h"]).joined(separator: " ") + "\"."
    }

    private func fail(_ message: String, _ code: ExitCode) -> ExitCode {
        world.console.printError(message)
        return code
    }
}
