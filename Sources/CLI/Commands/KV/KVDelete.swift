// `coffer kv delete`.

import JSON

extension Command {
    static let kvDelete = Command(
        "kv delete", "Deletes versions in the KV store", usage: "[options] KEY",
        about: """
            Deletes a secret. A version 2 engine only marks the version as deleted, the newest one \
            unless -versions names others, and "coffer kv undelete" brings it back; see "coffer kv \
            destroy" for the end of it.
            """,
        examples: [
            Example("Delete the newest version:", "coffer kv delete -mount=secret creds"),
            Example(
                "Delete certain versions:", "coffer kv delete -mount=secret -versions=1,2 creds"),
        ],
        families: [.http, .format, .field], flags: [.mount, .versions], takes: .exactly(1)
    ) { call in
        let versions = try call.versions(.versions)
        let client = try call.client()
        let path = try await call.kvPath(client: client)
        let fullPath = path.api("data")
        let request: APIRequest =
            path.isVersion2 && !versions.isEmpty
            ? .put(path.api("delete"), ["versions": .array(versions)]) : .delete(fullPath)
        let secret = try await call.during("Error deleting \(fullPath)") {
            try await client.send(request)
        }
        try call.show(secret, orSay: "Success! Data deleted (if it existed) at: \(fullPath)")
        return .success
    }
}
