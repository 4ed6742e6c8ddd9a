// `coffer namespace lookup`.

import JSON

extension Command {
    static let namespaceLookup = Command(
        "namespace lookup", "Look up an existing namespace", usage: "[options] PATH",
        about: "Shows a namespace below the current one: its id, path, metadata and condition.",
        examples: [Example("Look a namespace up:", "coffer namespace lookup team")],
        families: [.http, .format, .field], takes: .exactly(1)
    ) { call in
        let path = call.namespacePath
        let client = try call.client()
        let secret = try await call.during("Error looking up namespace") {
            try await client.read("sys/namespaces/\(path)")
        }
        guard let secret else { throw CommandError.server("Namespace not found") }
        try call.show(secret, orSay: "")
        return .success
    }
}
