// `coffer plugin deregister`.

extension Command {
    static let pluginDeregister = Command(
        "plugin deregister", "Remove a plugin from the catalog", usage: "[options] TYPE NAME",
        about: """
            Removes an entry of the catalog. A process that runs it goes on, but is not started \
            again; the mounts that need it are named. A version that is pinned cannot be removed.
            """,
        examples: [
            Example(
                "Remove one version:", "coffer plugin deregister -version=v1.0.0 secret counter")
        ],
        families: [.http], flags: [.pluginCatalogVersion], takes: .exactly(2)
    ) { call in
        let (type, name) = (call.arguments[0].trimmed, call.arguments[1].trimmed)
        let version = call.flags.string(.pluginCatalogVersion) ?? ""
        let query = version.isEmpty ? [] : [(name: "version", value: version)]
        let request = APIRequest.delete(PluginPath.catalog(type, name), query: query)
        let client = try call.client()
        let secret = try await call.during("Error deregistering plugin named \(name)") {
            try await client.send(request)
        }
        call.console.printLine(
            "Success! Deregistered \(type) plugin (if it was registered): \(name)")
        call.output.warn(secret?.warnings ?? [])
        return .success
    }
}
