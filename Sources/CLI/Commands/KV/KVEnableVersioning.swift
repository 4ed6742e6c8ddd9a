// `coffer kv enable-versioning`.

import JSON

extension Command {
    static let kvEnableVersioning = Command(
        "kv enable-versioning", "Turns on versioning for a KV store", usage: "[options] MOUNT",
        about: """
            Turns a version 1 engine into a version 2 engine. Its secrets become version 1 of \
            themselves. There is no way back.
            """,
        examples: [Example("Upgrade the engine at \"kv/\":", "coffer kv enable-versioning kv")],
        families: [.http], takes: .exactly(1)
    ) { call in
        let mount = APIPath.sanitized(call.arguments[0])
        let client = try call.client()
        _ = try await call.during("Error tuning secrets engine \(mount)/") {
            try await client.send(
                .post("sys/mounts/\(mount)/tune", ["options": ["version": "2"]]))
        }
        call.console.printLine("Success! Tuned the secrets engine at: \(mount)/")
        return .success
    }
}
