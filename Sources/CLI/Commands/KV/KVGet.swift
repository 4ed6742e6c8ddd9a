// `coffer kv get`.

import JSON

extension Flag {
    fileprivate static let version = Flag(
        "version", .integer, "Version to read; 0 is the newest.", fallback: "0")
}

extension Command {
    static let kvGet = Command(
        "kv get", "Retrieves data from the KV store", usage: "[options] KEY",
        about: """
            Reads a secret from the key-value engine. If there is nothing at the path, the exit \
            code is 2. Of a version that was deleted it shows the metadata only.
            """,
        examples: [
            Example("Read a secret:", "coffer kv get -mount=secret creds"),
            Example(
                "Read one field, for a script:",
                "coffer kv get -mount=secret -field=password creds"),
            Example("Read an older version:", "coffer kv get -mount=secret -version=1 creds"),
        ],
        families: [.http, .format, .field], flags: [.mount, .version], takes: .exactly(1)
    ) { call in
        let client = try call.client()
        let path = try await call.kvPath(client: client)
        var query: [(name: String, value: String)] = []
        if path.isVersion2, let version = call.flags.integer(.version), version > 0 {
            query = [("version", String(version))]
        }
        let fullPath = path.api("data")
        let request = query
        let secret = try await call.during("Error reading \(fullPath)") {
            try await client.read(fullPath, query: request)
        }
        guard let secret else { throw CommandError.server("No value found at \(fullPath)") }
        try call.show(secret, at: path)
        return .success
    }
}

extension Invocation {
    fileprivate func show(_ secret: Secret, at path: KVPath) throws {
        if secret.isWrapped {
            try output.secret(secret)
        } else if output.field != nil {
            try showField(of: secret, at: path)
        } else if !output.isTable {
            try output.secret(secret)
        } else if path.isVersion2 {
            output.warn(secret.warnings)
            console.printSecretPath(path.api("data"), title: "Secret Path")
            if let metadata = secret.data?["metadata"]?.objectValue {
                console.printLine(Heading.text("Metadata", over: metadata))
                try output.data(metadata)
                console.printLine()
            }
            if let data = secret.data?["data"]?.objectValue { try showData(data) }
        } else {
            output.warn(secret.warnings)
            if let data = secret.data { try showData(data) }
        }
    }

    private func showData(_ data: JSONObject) throws {
        console.printLine(Heading.text("Data", over: data))
        try output.data(data)
    }

    private func showField(of secret: Secret, at path: KVPath) throws {
        guard path.isVersion2, let field = output.field else {
            try output.secret(secret)
            return
        }
        guard let data = secret.data?["data"]?.objectValue else {
            throw CommandError.server("No data found at \(path.api("data"))")
        }
        // "data" is all of it, unless the secret has a field of that name.
        let value = data[field] ?? (field == "data" ? .object(data) : nil)
        try output.rawField(field, of: value, in: "secret", warnings: secret.warnings)
    }
}

extension Console {
    func printSecretPath(_ path: String, title: String) {
        printLine(Heading.text(title, width: path.utf8.count))
        printLine(Printable.text(path))
        printLine()
    }
}
