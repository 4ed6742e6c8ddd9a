// `coffer kv patch`: changes some of a secret's fields.

import JSON

extension Flag {
    fileprivate static let patchMethod = Flag(
        "method", .string,
        "\"patch\" uses the server's PATCH; \"rw\" reads the secret, changes it here and writes it "
            + "back with check-and-set. Without it, PATCH is tried first.",
        choices: ["patch", "rw"])
    fileprivate static let removeData = Flag(
        "remove-data", .strings, "Name of a field to remove. May be given several times.",
        placeholder: "name")
}

extension Command {
    static let kvPatch = Command(
        "kv patch", "Sets or updates data in the KV store without overwriting",
        usage: "[options] KEY [DATA]",
        about: """
            Changes some fields of a secret in a version 2 engine and leaves the others alone. The \
            result is a new version. Data is given as with "coffer kv put".
            """,
        examples: [
            Example("Change one field:", "coffer kv patch -mount=secret creds password=-"),
            Example("Remove one:", "coffer kv patch -mount=secret -remove-data=old creds"),
        ],
        families: [.http, .format, .field],
        flags: [.mount, .cas, .patchMethod, .removeData], takes: .atLeast(1)
    ) { call in
        let removals = call.flags.strings(.removeData)
        guard call.arguments.count > 1 || !removals.isEmpty else {
            throw UsageError("Must supply data")
        }
        var changes = try call.data(from: 1).objectValue ?? JSONObject()
        for name in removals { changes[name] = .null }
        let client = try call.client()
        let path = try await call.kvPath(client: client)
        guard path.isVersion2 else {
            throw CommandError.server("K/V engine mount must be version 2 for patch support")
        }
        if call.flags.string(.patchMethod) == "rw" {
            return try await call.readThenWrite(changes, at: path, with: client)
        }
        return try await call.mergePatch(changes, at: path, with: client)
    }
}

extension Invocation {
    fileprivate func mergePatch(
        _ changes: JSONObject, at path: KVPath, with client: APIClient
    ) async throws -> ExitCode {
        let fullPath = path.api("data")
        var options = JSONObject()
        options["cas"] = flags.integer(.cas).map { .int($0) }
        let request = APIRequest.patch(
            fullPath, ["options": .object(options), "data": .object(changes)])
        let secret: Secret?
        do {
            secret = try await client.send(request)
        } catch let error as ServerError
            where (error.status == 405 || error.status == 403) && flags.string(.patchMethod) == nil
        {
            let code = try await readThenWrite(changes, at: path, with: client)
            if error.status == 403 {
                console.printError(
                    TextWrap.fill(
                        "Data was written to \(fullPath), but we recommend that you add the "
                            + "\"patch\" capability to your policy, so that the secret need not be "
                            + "read to be changed."))
            }
            return code
        } catch let error as ServerError {
            throw CommandError.server("Error writing data to \(fullPath): \(error.description)")
        } catch let error as TransportError {
            throw CommandError.server("Error writing data to \(fullPath): \(error.description)")
        }
        return try showWritten(secret, at: fullPath)
    }

    /// Check-and-set with the version that was read, so that a change made in between is not lost.
    fileprivate func readThenWrite(
        _ changes: JSONObject, at path: KVPath, with client: APIClient
    ) async throws -> ExitCode {
        let current = try await readVersion(nil, at: path, with: client, action: "patch")
        guard let data = current.data else {
            throw CommandError.server(
                "No data found at \(path.api("data")); patch only works on existing data")
        }
        var merged = JSONValue.object(data)
        merged.mergePatch(.object(changes))
        let cas = flags.integer(.cas).map { JSONValue.int($0) } ?? current.metadata["version"]
        return try await putSecret(merged, cas: cas, at: path, with: client)
    }

    /// One version of a secret with its metadata, read for the command's own use.
    func readVersion(
        _ version: Int?, at path: KVPath, with client: APIClient, action: String
    ) async throws -> (metadata: JSONObject, data: JSONObject?) {
        let fullPath = path.api("data")
        let secret = try await during("Error doing pre-read at \(fullPath)") {
            try await client.unseen.read(
                fullPath, query: version.map { [("version", String($0))] } ?? [])
        }
        guard let data = secret?.data else {
            throw CommandError.server("No value found at \(fullPath)")
        }
        guard let metadata = data["metadata"]?.objectValue else {
            throw CommandError.server(
                "No metadata found at \(fullPath); \(action) only works on existing data")
        }
        return (metadata, data["data"]?.objectValue)
    }
}
