// `coffer kv metadata get`.

import JSON

extension Command {
    static let kvMetadataGet = Command(
        "kv metadata get", "Retrieves key metadata from the KV store", usage: "[options] KEY",
        about: "Shows what a version 2 engine keeps about a secret: settings and all versions.",
        examples: [
            Example("See all versions:", "coffer kv metadata get -mount=secret creds")
        ],
        families: [.http, .format, .field], flags: [.mount], takes: .exactly(1)
    ) { call in
        let client = try call.client()
        let path = try await call.kvPathVersion2(client: client, "Metadata")
        let fullPath = path.api("metadata")
        let secret = try await call.during("Error reading \(fullPath)") {
            try await client.read(fullPath)
        }
        guard let secret else { throw CommandError.server("No value found at \(fullPath)") }
        if call.output.field != nil || !call.output.isTable || secret.isWrapped {
            try call.output.secret(secret)
            return .success
        }
        call.output.warn(secret.warnings)
        try call.showMetadata(secret.data ?? JSONObject(), path: fullPath)
        return .success
    }
}

extension Invocation {
    fileprivate func showMetadata(_ metadata: JSONObject, path: String) throws {
        var settings = metadata
        let versions = settings.removeValue(forKey: "versions")?.objectValue ?? JSONObject()
        console.printSecretPath(path, title: "Metadata Path")
        console.printLine(Heading.text("Metadata", over: settings))
        try output.data(settings)
        let numbered = versions.members.compactMap { member in
            Int(member.key).map { (number: $0, version: member.value.objectValue ?? JSONObject()) }
        }
        for entry in numbered.sorted(by: { $0.number < $1.number }) {
            console.printLine("\n" + Heading.text("Version \(entry.number)", over: entry.version))
            try output.data(entry.version)
        }
    }
}
