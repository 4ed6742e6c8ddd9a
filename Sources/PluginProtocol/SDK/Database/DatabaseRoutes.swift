// A database plugin's paths: one for each operation, named after it. Every request has all that it
// needs, the connection's configuration too, so that a process that was started anew knows no less.

import JSON
import Paths
import Synchronization
import Wire

func databaseEngine(_ type: String, _ databases: OpenDatabases) -> Engine {
    Engine(paths: [
        path(.initialize, "Check a connection's configuration.") { data in
            let config = try data.config()
            let kept = try databases.open(
                try data.connection(), config,
                isVerified: data["verify_connection"]?.boolValue ?? true)
            return ["config": .object(kept.configuration(config))]
        },
        path(.newUser, "Make a user.") { data in
            let user = try NewUser(data)
            try databases.database(data).newUser(user)
            return ["username": .string(user.username)]
        },
        path(.updateUser, "Change a user's credential or expiration.") { data in
            let update = try UserUpdate(data)
            try databases.database(data).updateUser(update)
            return [:]
        },
        path(.deleteUser, "End a user.") { data in
            let user = try UserDeletion(data)
            try databases.database(data).deleteUser(user)
            return [:]
        },
        path(.type, "The kind of database.") { _ in ["type": .string(type)] },
        path(.close, "A connection is not used any more.") { data in
            databases.close(try data.connection())
            return [:]
        },
    ])
}

private func path(
    _ operation: DatabaseOperation, _ help: String,
    _ body: @escaping @Sendable (JSONValue) throws -> JSONValue
) -> Path {
    Path(
        operation.rawValue, .update,
        fields: [
            .string("connection", "Name of the connection."),
            .any("config", "The connection's configuration."),
        ], help: help
    ) { request in
        let data = try request.body() ?? .object(JSONObject())
        guard data.objectValue != nil else {
            throw PluginError(.invalidRequest, "the data are no JSON object")
        }
        return .wait { .answer(.data(try body(data))) }
    }.takingAnyMembers()
}

extension JSONValue {
    fileprivate func connection() throws(PluginError) -> String {
        guard let name = self["connection"]?.stringValue, !name.isEmpty else {
            throw PluginError(.invalidRequest, "connection is missing")
        }
        return name
    }

    fileprivate func config() throws(PluginError) -> JSONObject {
        guard let config = self["config"]?.objectValue else {
            throw PluginError(.invalidRequest, "config must be an object")
        }
        return config
    }
}

/// The connections of a mount, each with the configuration that it was opened for.
final class OpenDatabases: Sendable {
    private struct Open {
        var config: JSONObject
        var database: any UserDatabase
    }

    private let make: @Sendable (JSONObject) throws -> any UserDatabase
    private let open = Mutex<[String: Open]>([:])

    init(_ make: @escaping @Sendable (JSONObject) throws -> any UserDatabase) {
        self.make = make
    }

    deinit { for one in open.withLock({ Array($0.values) }) { one.database.close() } }

    func database(_ data: JSONValue) throws -> any UserDatabase {
        try open(try data.connection(), try data.config(), isVerified: false)
    }

    /// The connection with this configuration. If it has another one, the new one takes its place
    /// once it is found to be good.
    func open(
        _ name: String, _ config: JSONObject, isVerified: Bool
    ) throws -> any UserDatabase {
        if let known = known(name, config) {
            if isVerified { try known.verify() }
            return known
        }
        let database = try make(config)
        if isVerified {
            do { try database.verify() } catch {
                database.close()
                throw error
            }
        }
        let (kept, old) = open.withLock { open -> (any UserDatabase, (any UserDatabase)?) in
            // Another request was quicker.
            if let known = open[name], known.config == config { return (known.database, database) }
            let old = open[name]?.database
            open[name] = Open(config: config, database: database)
            return (database, old)
        }
        old?.close()
        return kept
    }

    private func known(_ name: String, _ config: JSONObject) -> (any UserDatabase)? {
        open.withLock { open in
            open[name].flatMap { $0.config == config ? $0.database : nil }
        }
    }

    func close(_ name: String) {
        open.withLock { $0.removeValue(forKey: name) }?.database.close()
    }
}
