// `coffer kv rollback`: an older version becomes the newest one.

import JSON

extension Flag {
    fileprivate static let rollbackVersion = Flag(
        "version", .integer, "Version that should become the newest one.")
}

extension Command {
    static let kvRollback = Command(
        "kv rollback", "Rolls back to a previous version of data", usage: "[options] KEY",
        about: """
            Writes the data of an older version of a secret as its newest version. It fails if \
            somebody writes the secret at the same time.
            """,
        examples: [
            Example("Go back to version 2:", "coffer kv rollback -mount=secret -version=2 creds")
        ],
        families: [.http, .format, .field], flags: [.mount, .rollbackVersion], takes: .exactly(1)
    ) { call in
        guard let version = call.flags.integer(.rollbackVersion) else {
            throw UsageError("Version flag must be specified")
        }
        guard version > 0 else {
            throw UsageError("Invalid value \(version) for the version flag")
        }
        let client = try call.client()
        let path = try await call.kvPath(client: client)
        guard path.isVersion2 else {
            throw CommandError.server("K/V engine mount must be version 2 for rollback support")
        }
        let newest = try await call.readVersion(nil, at: path, with: client, action: "rollback")
        let old = try await call.readVersion(version, at: path, with: client, action: "rollback")
        if old.metadata["destroyed"]?.boolValue == true {
            throw CommandError.server("Cannot roll back to a version that has been destroyed")
        }
        if let time = old.metadata["deletion_time"]?.stringValue, !time.isEmpty, old.data == nil {
            throw CommandError.server("Cannot roll back to a version that has been deleted")
        }
        guard let data = old.data else {
            throw CommandError.server(
                "No data found at \(path.api("data")); rollback only works on existing data")
        }
        return try await call.putSecret(
            .object(data), cas: newest.metadata["version"], at: path, with: client)
    }
}
