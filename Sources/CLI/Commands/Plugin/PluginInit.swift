// `coffer plugin init`: the beginnings of a plugin, with a test that passes.

extension Flag {
    fileprivate static let language = Flag(
        "language", .string, "What it is written in: swift or python.", fallback: "swift",
        choices: ["swift", "python"])
    fileprivate static let kind = Flag(
        "type", .string,
        "What it is: secret, an engine of its own, or database, for the users of a kind of "
            + "database. Database plugins are written in Swift.",
        fallback: "secret", choices: ["secret", "database"])
    fileprivate static let directory = Flag(
        "directory", .string,
        "Where to write it, a folder that is new or empty; coffer-plugin-NAME by default.",
        placeholder: "path")
    fileprivate static let sdk = Flag(
        "sdk", .string,
        "Swift only: where the SDK is, as a path or URL of Coffer's source package. By default it "
            + "is the package that this program was built in.",
        placeholder: "path or URL")
}

extension Command {
    static let pluginInit = Command(
        "plugin init", "Begin a new plugin", usage: "[options] NAME",
        about: """
            Writes a small secrets engine, or a database plugin, that works: its sources, a test \
            that passes, and a README with the commands that build, test, register and mount it. \
            A Swift plugin uses Coffer's SDK; one in Python speaks the plugin protocol itself, \
            and has all that is needed for that beside it. Nothing that is there is overwritten.
            """,
        examples: [
            Example("In Swift:", "coffer plugin init my-plugin"),
            Example("In Python:", "coffer plugin init -language=python my-plugin"),
            Example(
                "For a kind of database:", "coffer plugin init -type=database my-database"),
        ],
        families: [], flags: [.language, .kind, .directory, .sdk], takes: .exactly(1)
    ) { call in
        let name = try PluginName(call.arguments[0])
        let folder = call.flags.string(.directory) ?? "coffer-plugin-\(name.text)"
        let skeleton: PluginSkeleton
        let isDatabase = call.flags.string(.kind) == "database"
        if call.flags.string(.language) == "python" {
            guard !call.flags.isGiven(.sdk) else {
                throw UsageError("-sdk is for plugins in Swift; one in Python needs no SDK")
            }
            guard !isDatabase else {
                throw UsageError("-type=database is for plugins in Swift")
            }
            skeleton = try .python(name)
        } else {
            let sdk = try call.flags.string(.sdk).map { text throws(UsageError) in
                try SDKLocation(text)
            }
            guard let sdk = sdk ?? .ofRunningProgram else {
                throw UsageError(
                    "say with -sdk where Coffer's source package is: a path, or a URL of its "
                        + "repository")
            }
            skeleton = .swift(name, sdk: sdk, isDatabase: isDatabase)
        }
        do throws(FileError) { try skeleton.write(to: folder) } catch {
            throw CommandError.client("Error writing the plugin: \(error.message)")
        }
        call.console.printLine("Success! Written to \(folder):\n")
        for file in skeleton.files { call.console.printLine("    \(file.path)") }
        call.console.printLine("\n\(folder)/README.md says how to go on.")
        return .success
    }
}
