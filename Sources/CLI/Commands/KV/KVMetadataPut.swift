// `coffer kv metadata put`.

import JSON

extension Flag {
    static let maxVersions = Flag(
        "max-versions", .integer, "Number of versions to keep; 0 is what the engine is set to.")
    static let deleteVersionAfter = Flag(
        "delete-version-after", .duration, "Age at which versions are deleted.")
    static let casRequired = Flag(
        "cas-required", .boolean, "Whether writes have to say which version they replace.")
    static let customMetadata = Flag(
        "custom-metadata", .pairs, "Metadata of your own. May be given several times.")

    static let kvMetadataSettings: [Flag] = [
        .mount, .maxVersions, .deleteVersionAfter, .casRequired, .customMetadata,
    ]
}

extension Command {
    static let kvMetadataPut = Command(
        "kv metadata put", "Sets or updates key settings in the KV store", usage: "[options] KEY",
        about: """
            Sets what a version 2 engine keeps about a secret. The secret need not exist yet. All \
            metadata of your own is replaced; to change some, see "coffer kv metadata patch".
            """,
        examples: [
            Example(
                "Keep five versions:",
                "coffer kv metadata put -mount=secret -max-versions=5 creds"),
            Example(
                "Note who owns the secret:",
                "coffer kv metadata put -mount=secret -custom-metadata=owner=payments creds"),
        ],
        flags: Flag.kvMetadataSettings, takes: .exactly(1)
    ) { call in
        var body = call.metadataSettings()
        let custom = call.flags.pairs(.customMetadata)
        if !custom.isEmpty {
            body["custom_metadata"] = .object(
                JSONObject(custom.map { ($0.key, .string($0.value)) }))
        }
        return try await call.writeMetadata { [body] path in .put(path, .object(body)) }
    }
}

extension Invocation {
    func metadataSettings() -> JSONObject {
        var body = JSONObject()
        if let count = flags.integer(.maxVersions), count >= 0 {
            body["max_versions"] = .int(count)
        }
        if let age = flags.duration(.deleteVersionAfter), age.milliseconds >= 0 {
            body["delete_version_after"] = .string(age.apiText)
        }
        if flags.isGiven(.casRequired) { body["cas_required"] = .bool(flags.bool(.casRequired)) }
        return body
    }

    func writeMetadata(_ request: (String) -> APIRequest) async throws -> ExitCode {
        let client = try client()
        let path = try await kvPathVersion2(client: client, "Metadata").api("metadata")
        let writing = request(path)
        let secret = try await during("Error writing data to \(path)") {
            try await client.send(writing)
        }
        try show(secret, orSay: "Success! Data written to: \(path)")
        return .success
    }
}
