// `coffer plugin register`.

import JSON

extension Flag {
    static let pluginCatalogVersion = Flag(
        "version", .string, "Semantic version of the plugin, such as v1.2.3.",
        placeholder: "version")
    fileprivate static let digest = Flag(
        "sha256", .string, "SHA-256 of the plugin's file. Required.", placeholder: "hex")
    fileprivate static let program = Flag(
        "command", .string,
        "Name of the file in the server's plugin directory. The default is the plugin's name.",
        placeholder: "file")
    fileprivate static let arguments = Flag(
        "args", .strings, "Argument that the plugin is started with. May be given several times.")
    fileprivate static let environment = Flag(
        "env", .strings,
        "Environment variable for the plugin, as NAME=value. May be given several times.",
        placeholder: "name=value")
    fileprivate static let network = Flag(
        "network", .boolean, "Let the plugin use the network.")
    fileprivate static let readablePaths = Flag(
        "readable-path", .strings,
        "File or folder that the plugin may read. May be given several times.", placeholder: "path")
    fileprivate static let writablePaths = Flag(
        "writable-path", .strings,
        "File or folder that the plugin may read and write. May be given several times.",
        placeholder: "path")
    fileprivate static let memoryLimit = Flag(
        "memory-limit", .integer, "Bytes of memory that the plugin may fill.")
    fileprivate static let processLimit = Flag(
        "process-limit", .integer, "Processes that the plugin may start.")
    fileprivate static let fileLimit = Flag(
        "file-limit", .integer, "Files that the plugin may have open.")
    fileprivate static let permissions: [Flag] = [
        .network, .readablePaths, .writablePaths, .memoryLimit, .processLimit, .fileLimit,
    ]
}

extension Command {
    static let pluginRegister = Command(
        "plugin register", "Register a plugin in the catalog", usage: "[options] TYPE NAME",
        about: """
            Adds a program of the server's plugin directory to the catalog, as a plugin of the \
            type auth, database or secret. The server checks the file now and at every start of \
            the plugin against the given SHA-256.

            A plugin may compute and talk to the server, and nothing else, unless the flags below \
            say more.
            """,
        examples: [
            Example(
                "Register a plugin:",
                "coffer plugin register -sha256=d3f0a8be... -version=v1.0.0 secret counter"),
            Example(
                "Let it use the network:",
                "coffer plugin register -sha256=d3f0a8be... -network auth my-login"),
        ],
        families: [.http],
        flags: [.digest, .program, .arguments, .environment, .pluginCatalogVersion]
            + Flag.permissions,
        takes: .exactly(2)
    ) { call in
        let (type, name) = (call.arguments[0].trimmed, call.arguments[1].trimmed)
        guard let digest = call.flags.string(.digest), !digest.isEmpty else {
            throw UsageError("SHA256 is required for all plugins, but was not provided: -sha256")
        }
        var body: JSONObject = JSONObject([
            ("type", .string(type)), ("sha256", .string(digest)),
            ("command", .string(call.flags.string(.program) ?? name)),
            ("args", .strings(call.flags.strings(.arguments))),
            ("env", .strings(call.flags.strings(.environment))),
            ("version", .string(call.flags.string(.pluginCatalogVersion) ?? "")),
            ("network", .bool(call.flags.bool(.network))),
            ("readable_paths", .strings(call.flags.strings(.readablePaths))),
            ("writable_paths", .strings(call.flags.strings(.writablePaths))),
        ])
        for (field, flag) in [
            ("memory_limit", Flag.memoryLimit), ("process_limit", .processLimit),
            ("file_limit", .fileLimit),
        ] {
            if let limit = call.flags.integer(flag) { body[field] = .int(limit) }
        }
        let request = APIRequest.put(PluginPath.catalog(type, name), .object(body))
        let client = try call.client()
        _ = try await call.during("Error registering plugin \(name)") {
            try await client.send(request)
        }
        call.console.printLine("Success! Registered plugin: \(name)")
        return .success
    }
}

enum PluginPath {
    static func catalog(_ type: String, _ name: String) -> String {
        "sys/plugins/catalog/\(APIPath.sanitized(type))/\(APIPath.sanitized(name))"
    }
}
