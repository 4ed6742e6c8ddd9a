// `coffer namespace create`.

import JSON

extension Command {
    static let namespaceCreate = Command(
        "namespace create", "Create a new namespace", usage: "[options] PATH",
        about: """
            Makes a namespace below the current one. One that is there already is left as it is, \
            but for the metadata that are given.
            """,
        examples: [
            Example("Make a namespace:", "coffer namespace create team"),
            Example(
                "Make one within it and say whose it is:",
                "coffer namespace create -namespace=team -custom-metadata=owner=ann project"),
        ],
        families: [.http, .format, .field], flags: [.customMetadata], takes: .exactly(1)
    ) { call in
        let path = call.namespacePath
        var body = JSONObject()
        let metadata = call.namespaceMetadata()
        if !metadata.isEmpty { body["custom_metadata"] = .object(metadata) }
        let client = try call.client()
        let request = APIRequest.put("sys/namespaces/\(path)", .object(body))
        let secret = try await call.during("Error creating namespace") {
            try await client.send(request)
        }
        try call.show(secret, orSay: "Success! Namespace created at: \(path)/")
        return .success
    }
}
