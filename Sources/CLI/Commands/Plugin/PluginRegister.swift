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
        flags: [.digest, .program, .pluginArguments, .pluginEnvironment, .pluginCatalogVersion]
            + Flag.pluginPermissions,
        takes: .exactly(2)
    ) { call in
        let (type, name) = (call.arguments[0].trimmed, call.arguments[1].trimmed)
        guard let digest = call.flags.string(.digest), !digest.isEmpty else {
            throw UsageError("SHA256 is required for all plugins, but was not provided: -sha256")
        }
        var body = call.flags.pluginEntry
        body["type"] = .string(type)
        body["sha256"] = .string(digest)
        body["command"] = .string(call.flags.string(.program) ?? name)
        body["version"] = .string(call.flags.string(.pluginCatalogVersion) ?? "")
        let request = APIRequest.put(PluginPath.catalog(type, name), .object(body))
        let client = try call.client()
        let secret = try await call.during("Error registering plugin \(name)") {
            try await client.send(request)
        }
        call.console.printLine("Success! Registered plugin: \(name)")
        call.output.warn(secret?.warnings ?? [])
        return .success
    }
}

enum PluginPath {
    static func catalog(_ type: String, _ name: String) -> String {
        "sys/plugins/catalog/\(APIPath.sanitized(type))/\(APIPath.sanitized(name))"
    }
}
