// `coffer secrets move` and `coffer auth move`: a mount gets another path, and its data go along.

import JSON

extension Command {
    static let secretsMove = Command(
        "secrets move", "Move a secrets engine to a new path",
        usage: "[options] SOURCE DESTINATION",
        about: """
            Moves the secrets engine at the source path to the destination path. Its leases are \
            revoked; its configuration and data stay.
            """,
        examples: [Example("Move the engine at \"apps/\":", "coffer secrets move apps/ old/apps/")],
        families: [.http], takes: .exactly(2)
    ) { call in
        try await call.move("secrets engine", below: "")
    }

    static let authMove = Command(
        "auth move", "Move an auth method to a new path", usage: "[options] SOURCE DESTINATION",
        about: """
            Moves the auth method at the source path to the destination path. Its tokens are \
            revoked; its configuration and data stay.
            """,
        examples: [Example("Move the method at \"ldap/\":", "coffer auth move ldap/ people/")],
        families: [.http], takes: .exactly(2)
    ) { call in
        try await call.move("auth method", below: "auth/")
    }
}

extension Invocation {
    /// Starts the move and waits until the server says how it ended.
    fileprivate func move(_ kind: String, below root: String) async throws -> ExitCode {
        let (from, to) = (APIPath.sanitized(arguments[0]), APIPath.sanitized(arguments[1]))
        let what = "\(kind) \(from)/ to \(to)/"
        let client = try client()
        let request = APIRequest.post(
            "sys/remount", ["from": .string(root + from), "to": .string(root + to)])
        let started = try await during("Error moving \(what)") { try await client.send(request) }
        guard let id = started?.data?["migration_id"]?.stringValue, !id.isEmpty else {
            console.printLine("Success! Finished moving \(what)")
            return .success
        }
        console.printLine("Started moving \(what), with migration ID \(id)")
        while true {
            let status = try await during("Error checking the status of moving \(what)") {
                try await client.unseen.read("sys/remount/status/" + id)
            }
            switch status?.data?["migration_info"]?["status"]?.stringValue {
            case "success":
                console.printLine("Success! Finished moving \(what), with migration ID \(id)")
                return .success
            case "in-progress":
                try await Task.sleep(for: .milliseconds(world.retryWaitMilliseconds))
            default:
                throw CommandError.server(
                    "Failure! Error encountered moving \(what), with migration ID \(id)")
            }
        }
    }
}
