// `coffer namespace patch`.

import JSON

extension Flag {
    fileprivate static let removed = Flag(
        "remove-custom-metadata", .strings,
        "Name of an entry of the metadata to remove. May be given several times.",
        placeholder: "key")
}

extension Command {
    static let namespacePatch = Command(
        "namespace patch", "Patch an existing namespace", usage: "[options] PATH",
        about: "Changes some of a namespace's metadata and leaves the rest alone.",
        examples: [
            Example(
                "Change one entry and remove another:",
                "coffer namespace patch -custom-metadata=owner=ben \\",
                "    -remove-custom-metadata=ticket team")
        ],
        families: [.http, .format, .field], flags: [.customMetadata, .removed],
        takes: .exactly(1)
    ) { call in
        let path = call.namespacePath
        let metadata = call.namespaceMetadata(removing: call.flags.strings(.removed))
        let client = try call.client()
        let request = APIRequest.patch(
            "sys/namespaces/\(path)", .object(["custom_metadata": .object(metadata)]))
        let secret = try await call.during("Error patching namespace") {
            try await client.send(request)
        }
        try call.show(secret, orSay: "Success! Namespace patched at: \(path)/")
        return .success
    }
}
