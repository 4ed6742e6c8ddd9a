// `coffer kv put`.

import JSON

extension Flag {
    static let cas = Flag(
        "cas", .integer,
        "Check and set: write only if this is the secret's current version; 0 if it must not "
            + "exist.",
        placeholder: "version")
}

extension Command {
    static let kvPut = Command(
        "kv put", "Sets or updates data in the KV store", usage: "[options] KEY [DATA]",
        about: """
            Writes a secret to the key-value engine. All of its fields are replaced; to change \
            some of them, see "coffer kv patch". A version 2 engine keeps what was there as an \
            older version.

            Data is given as "key=value" pairs; see "coffer write -h" for values from files and \
            from standard input.
            """,
        examples: [
            Example("Write a secret:", "coffer kv put -mount=secret creds username=appuser"),
            Example(
                "Read a value from standard input, so that the shell's history does not have it:",
                "coffer kv put -mount=secret creds password=- < password.txt"),
            Example(
                "Read the fields from a JSON file:",
                "coffer kv put -mount=secret creds @creds.json"),
            Example(
                "Write only if version 1 is still the newest:",
                "coffer kv put -mount=secret -cas=1 creds password=..."),
        ],
        families: [.http, .format, .field], flags: [.mount, .cas], takes: .atLeast(1)
    ) { call in
        guard call.arguments.count > 1 else { throw UsageError("Must supply data") }
        let data = try call.data(from: 1)
        let client = try call.client()
        let path = try await call.kvPath(client: client)
        return try await call.putSecret(
            data, cas: call.flags.integer(.cas).map { .int($0) }, at: path, with: client)
    }
}

extension Invocation {
    /// Writes a secret's data and shows what the server says of the new version.
    func putSecret(
        _ data: JSONValue, cas: JSONValue?, at path: KVPath, with client: APIClient
    ) async throws -> ExitCode {
        let fullPath = path.api("data")
        var body = data
        if path.isVersion2 {
            var options = JSONObject()
            options["cas"] = cas
            body = ["options": .object(options), "data": data]
        }
        let request = APIRequest.put(fullPath, body)
        let secret = try await during("Error writing data to \(fullPath)") {
            try await client.send(request)
        }
        return try showWritten(secret, at: fullPath)
    }

    func showWritten(_ secret: Secret?, at fullPath: String) throws -> ExitCode {
        guard let secret, output.isTable, output.field == nil, !secret.isWrapped,
            let metadata = secret.data
        else {
            try show(secret, orSay: "Success! Data written to: \(fullPath)")
            return .success
        }
        output.warn(secret.warnings)
        console.printSecretPath(fullPath, title: "Secret Path")
        console.printLine(Heading.text("Metadata", over: metadata))
        try output.data(metadata)
        return .success
    }
}
