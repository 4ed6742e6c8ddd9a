// `coffer plugin run`: a development server with one plugin in it, for whoever is writing that
// plugin.

import Conformance
import JSON

extension Flag {
    fileprivate static let path = Flag(
        "path", .string,
        "Where to mount it. The default is the program's name without "
            + "\"coffer-plugin-\".", placeholder: "path")
    fileprivate static let type = Flag(
        "type", .string, "What it is, secret or auth, if it is not to be asked itself.",
        choices: ["secret", "auth"])
    fileprivate static let option = Flag(
        "option", .pairs, "Option of the mount. May be given several times.",
        aliases: ["options"])
}

extension Flag {
    // As `coffer server -dev` calls them.
    fileprivate static let rootToken = Flag(
        "dev-root-token-id", .string, "Value of the root token. Otherwise it is random.",
        placeholder: "token", environment: "DEV_ROOT_TOKEN_ID")
    fileprivate static let listenAddress = Flag(
        "dev-listen-address", .string, "Address that the server listens on.",
        placeholder: "address", environment: "DEV_LISTEN_ADDRESS", fallback: "127.0.0.1:8200")
}

extension Command {
    static let pluginRun = Command(
        "plugin run", "Try a plugin on a server of its own", usage: "[options] PROGRAM",
        about: """
            Starts a development server, in memory and unsealed, registers and mounts the program \
            there, and says how to talk to it from another terminal. What the plugin logs appears \
            here, in the server's log. Ctrl-C ends it, and nothing is left.

            The plugin runs as it would on a real server, in its sandbox: it may compute and talk \
            to the server, and nothing else, unless the flags below say more.
            """,
        examples: [
            Example("Try a program:", "coffer plugin run ./coffer-plugin-my-plugin"),
            Example(
                "With a token that is easy to type, and with the network:",
                "coffer plugin run -dev-root-token-id=root -network ./coffer-plugin-auth-my-login"),
        ],
        families: [],
        flags: [
            .path, .type, .option, .pluginArguments, .pluginEnvironment,
        ] + Flag.pluginPermissions + [.rootToken, .listenAddress, .logLevel, .logFormat],
        takes: .exactly(1)
    ) { call in
        guard let run = call.world.serverRunner else {
            throw CommandError.client("This build of coffer has no server in it.")
        }
        let program = call.world.environment.expandingTilde(call.arguments[0])
        let subject = Subject(
            file: program, arguments: call.flags.strings(.pluginArguments),
            environment: call.flags.strings(.pluginEnvironment))
        if let problem = subject.problem { throw CommandError.client("\(program): \(problem)") }
        let stage: PluginStage
        do throws(FileError) {
            stage = try PluginStage(copying: program, environment: call.world.environment)
        } catch { throw CommandError.client(error.message) }
        defer { stage.remove() }
        let trial = try trial(subject, stage, call.flags)
        let options = ServerOptions(trial: trial, call: call)
        let value = await run(options) { server in
            do {
                try await begin(trial, on: server, call)
                return true
            } catch let error as CommandError {
                call.console.printError(error.message)
            } catch { call.console.printError("\(error)") }
            return false
        }
        return ExitCode(value: value)
    }

    private static func trial(
        _ subject: Subject, _ stage: PluginStage, _ flags: FlagValues
    ) throws -> PluginTrial {
        var type = flags.string(.type) ?? ""
        if type.isEmpty {
            guard let identity = PluginIdentity(of: subject) else {
                throw CommandError.client(
                    "\(subject.file) does not answer as a plugin does; \"coffer plugin test\" says "
                        + "what is wrong")
            }
            type = identity.type
        }
        guard ["secret", "auth"].contains(type) else {
            throw CommandError.client(
                "\(subject.file) is a \(type) plugin, and only secrets engines and auth methods "
                    + "can be mounted")
        }
        let name = PluginTrial.name(ofProgram: subject.file)
        let mount = APIPath.sanitized(flags.string(.path) ?? name)
        var options = JSONObject()
        for (key, value) in flags.pairs(.option) { options[key] = .string(value) }
        return PluginTrial(
            type: type, name: name, mount: mount + "/", stage: stage, entry: flags.pluginEntry,
            options: options)
    }

    /// Registers and mounts the plugin, and says where it is.
    private static func begin(
        _ trial: PluginTrial, on server: ServingServer, _ call: Invocation
    ) async throws {
        let client = APIClient(
            settings: try ClientSettings(address: server.address, token: server.rootToken),
            printsCurl: false)
        try await call.during("Error registering the plugin") {
            try await trial.register(with: client)
        }
        try await call.during("Error mounting the plugin") { try await trial.enable(with: client) }
        let lines = [
            "The \(trial.type) plugin \"\(trial.name)\" is mounted at \(trial.route) on a server "
                + "in memory. Ctrl-C ends both.",
            "", "Try it from another terminal:", "",
            "    export COFFER_ADDR='\(server.address)'",
            "    export COFFER_TOKEN='\(server.rootToken)'",
            "    \(server.program) path-help \(trial.route)",
            "", "What it logs appears below:", "",
        ]
        for line in lines { call.console.printLine(Printable.text(line)) }
    }
}

extension ServerOptions {
    /// In memory, with nothing of the user's: neither stored token nor configuration.
    fileprivate init(trial: PluginTrial, call: Invocation) {
        configPaths = []
        isDev = true
        devRootTokenID = call.flags.string(.rootToken)
        devListenAddress = call.flags.string(.listenAddress) ?? ""
        devPluginDirectory = trial.stage.folder
        devKeepsTokenOut = true
        tokenFile = nil
        environment = call.world.environment.variables
        logLevel = call.flags.string(.logLevel).flatMap(LogLevel.init)
        logFormat = call.flags.string(.logFormat).flatMap(LogFormat.init)
    }
}
