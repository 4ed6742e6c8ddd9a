// `coffer plugin info`.

extension Command {
    static let pluginInfo = Command(
        "plugin info", "Show a plugin's entry in the catalog", usage: "[options] TYPE NAME",
        about: """
            Shows what is registered for a plugin: file, SHA-256, arguments and permissions. Its \
            environment is not shown. A plugin that was registered with a version is found by that.
            """,
        examples: [Example("One version:", "coffer plugin info -version=v1.0.0 secret counter")],
        families: [.http, .format, .field], flags: [.pluginCatalogVersion], takes: .exactly(2)
    ) { call in
        let (type, name) = (call.arguments[0].trimmed, call.arguments[1].trimmed)
        let version = call.flags.string(.pluginCatalogVersion) ?? ""
        let query = version.isEmpty ? [] : [(name: "version", value: version)]
        let request = APIRequest.get(PluginPath.catalog(type, name), query: query)
        let client = try call.client()
        let failing = "Error reading plugin named \(name)"
        let secret = try await call.during(failing) { try await client.send(request) }
        guard let secret else {
            throw CommandError.server(
                "\(failing): the catalog has no such plugin"
                    + (version.isEmpty ? " without a version" : " in version \(version)"))
        }
        try call.output.secret(secret)
        return .success
    }
}
