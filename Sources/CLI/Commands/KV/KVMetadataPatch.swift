// `coffer kv metadata patch`.

import JSON

extension Flag {
    fileprivate static let removeCustomMetadata = Flag(
        "remove-custom-metadata", .strings,
        "Key of your own metadata to remove. May be given several times.", placeholder: "key")
}

extension Command {
    static let kvMetadataPatch = Command(
        "kv metadata patch", "Patches key settings in the KV store", usage: "[options] KEY",
        about: """
            Changes some of what a version 2 engine keeps about a secret and leaves the rest alone.
            """,
        examples: [
            Example(
                "Change one key of your own metadata and remove another:",
                "coffer kv metadata patch -mount=secret -custom-metadata=owner=billing \\",
                "    -remove-custom-metadata=ticket creds")
        ],
        flags: Flag.kvMetadataSettings + [.removeCustomMetadata], takes: .exactly(1)
    ) { call in
        var custom = JSONObject(
            call.flags.pairs(.customMetadata).map { ($0.key, .string($0.value)) })
        for key in call.flags.strings(.removeCustomMetadata) { custom[key] = .null }
        var body = call.metadataSettings()
        if !custom.isEmpty { body["custom_metadata"] = .object(custom) }
        return try await call.writeMetadata { [body] path in .patch(path, .object(body)) }
    }
}
