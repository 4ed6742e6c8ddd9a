// `coffer server`: the command line of the server. What it does with the options is not known here:
// the process's entry point hands a `ServerRunner` over.

public struct ServerOptions: Sendable, Equatable {
    /// Configuration files and folders, in the order given.
    public var configPaths: [String]
    /// In memory, initialized and unsealed, for development.
    public var isDev: Bool
    /// Dev mode only: the root token's value; nil makes a random one.
    public var devRootTokenID: String?
    /// Dev mode only.
    public var devListenAddress: String
    /// Dev mode only: a folder whose plugins are put into the catalog.
    public var devPluginDirectory: String?
    /// Dev mode only: do not leave the root token in `tokenFile`.
    public var devKeepsTokenOut: Bool
    /// Where the other commands look for a token; nil if there is no home folder.
    public var tokenFile: String?
    /// The environment as a whole, for what the configuration takes from it.
    public var environment: [String: String]
    /// nil if neither flag nor environment says it, so that the configuration file decides.
    public var logLevel: LogLevel?
    public var logFormat: LogFormat?

    public enum LogLevel: String, Sendable, CaseIterable { case trace, debug, info, warn, error }
    public enum LogFormat: String, Sendable, CaseIterable { case standard, json }
}

/// A development server that serves.
public struct ServingServer: Sendable {
    /// Its URL.
    public let address: String
    public let rootToken: String
    /// How the command line is called in examples.
    public let program: String

    public init(address: String, rootToken: String, program: String) {
        self.address = address
        self.rootToken = rootToken
        self.program = program
    }
}

/// Called when a development server serves, in place of its announcement; `false` ends it.
public typealias ServerGreeting = @Sendable (ServingServer) async -> Bool

extension Flag {
    fileprivate static let config = Flag(
        "config", .strings,
        "Path to a configuration file, or to a folder whose .hcl and .json files are all read. May "
            + "be given several times; later files win.",
        placeholder: "path")
    fileprivate static let dev = Flag(
        "dev", .boolean,
        "Start in memory, initialized and unsealed, with a KV version 2 engine at secret/. For "
            + "development only: everything is gone when it ends, and it speaks plain HTTP.")
    fileprivate static let devRootTokenID = Flag(
        "dev-root-token-id", .string, "With -dev: value of the root token. Otherwise it is random.",
        placeholder: "token", environment: "DEV_ROOT_TOKEN_ID")
    fileprivate static let devListenAddress = Flag(
        "dev-listen-address", .string, "With -dev: address to listen on.",
        placeholder: "address", environment: "DEV_LISTEN_ADDRESS", fallback: "127.0.0.1:8200")
    fileprivate static let devPluginDirectory = Flag(
        "dev-plugin-dir", .string, "With -dev: folder from which plugins may be run.",
        placeholder: "path")
    fileprivate static let devNoStoreToken = Flag(
        "dev-no-store-token", .boolean, "With -dev: do not store the root token in ~/.vault-token.")
    static let logLevel = Flag(
        "log-level", .string, "How much to log: trace, debug, info, warn or error.",
        placeholder: "level", environment: "LOG_LEVEL",
        choices: ServerOptions.LogLevel.allCases.map(\.rawValue))
    static let logFormat = Flag(
        "log-format", .string, "Form of the log: standard or json.", placeholder: "format",
        environment: "LOG_FORMAT", choices: ServerOptions.LogFormat.allCases.map(\.rawValue))
}

extension Command {
    static let server = Command(
        "server", "Start a Coffer server", usage: "[options]",
        about: """
            Starts a server that answers requests until it is told to stop. A new server has to be \
            initialized once with "coffer operator init", and it has to be unsealed after every \
            start with "coffer operator unseal".
            """,
        examples: [
            Example(
                "Start a server with a configuration file:",
                "coffer server -config=/etc/coffer/config.hcl"),
            Example(
                "Start one to try things with, and talk to it from another terminal:",
                "coffer server -dev -dev-root-token-id=root",
                "COFFER_ADDR=http://127.0.0.1:8200 COFFER_TOKEN=root coffer status"),
        ],
        families: [],
        flags: [
            .config, .logLevel, .logFormat, .dev, .devRootTokenID, .devListenAddress,
            .devPluginDirectory, .devNoStoreToken,
        ],
        takes: .none
    ) { call in
        let options = try ServerOptions(flags: call.flags, environment: call.world.environment)
        if !options.isDev { call.warnAboutDevFlags() }
        guard let run = call.world.serverRunner else {
            throw CommandError.client("This build of coffer has no server in it.")
        }
        return ExitCode(value: await run(options, nil))
    }
}

extension ServerOptions {
    init(flags: FlagValues, environment: Environment) throws(UsageError) {
        configPaths = flags.strings(.config).map(environment.expandingTilde)
        isDev = flags.bool(.dev)
        guard isDev || !configPaths.isEmpty else {
            throw UsageError("Must specify at least one config path using -config, or -dev")
        }
        devRootTokenID = isDev ? flags.string(.devRootTokenID) : nil
        devListenAddress = flags.string(.devListenAddress) ?? ""
        devPluginDirectory =
            isDev ? flags.string(.devPluginDirectory).map(environment.expandingTilde) : nil
        devKeepsTokenOut = flags.bool(.devNoStoreToken)
        tokenFile = TokenFile(environment: environment)?.path
        self.environment = environment.variables
        logLevel = flags.string(.logLevel).flatMap(LogLevel.init)
        logFormat = flags.string(.logFormat).flatMap(LogFormat.init)
    }
}

extension Invocation {
    fileprivate func warnAboutDevFlags() {
        let given: [Flag] = [
            .devRootTokenID, .devListenAddress, .devPluginDirectory, .devNoStoreToken,
        ]
        for flag in given where flags.isGiven(flag) {
            console.printError("WARNING! -\(flag.name) has no effect without -dev and is ignored.")
        }
    }
}
