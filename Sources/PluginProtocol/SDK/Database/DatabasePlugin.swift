// A database plugin: makes, changes and ends the users of a kind of database. The core's database
// engine does all the rest: roles, leases, rotation, passwords.
//
//     @main struct MyDatabasePlugin: DatabasePlugin {
//         static let name = "my-database"
//         static let version = "1.0.0"
//         func database(_ config: JSONObject) throws -> any UserDatabase { try MyDatabase(config) }
//     }

public import JSON
public import Wire

public protocol DatabasePlugin: Plugin {
    /// The database that a connection's configuration describes: all that an operator wrote to
    /// `config/NAME` but for what is the engine's own. Throws for what cannot be meant; nothing is
    /// opened before it is needed.
    func database(_ config: JSONObject) throws -> any UserDatabase
}

extension DatabasePlugin {
    public static var type: PluginType { .database }

    /// One process serves one mount of the engine, with all the connections that are to this kind
    /// of database.
    public func engine(for mount: MountConfiguration) throws -> Engine {
        databaseEngine(Self.name, OpenDatabases { try database($0) })
    }
}

/// One connection. Called on several threads at once; each call may take its time, but the engine
/// waits no longer than twenty seconds for it. What is thrown is shown to clients if it is a
/// `PluginError`: no password belongs into its text. A login that the server refuses is a
/// `permissionDenied`; then the engine tries the other password, if a rotation was cut short.
public protocol UserDatabase: Sendable {
    /// What the engine keeps of the configuration; it comes back with every later call. By default
    /// it is what it was.
    func configuration(_ config: JSONObject) -> JSONObject
    /// Whether the server is there and takes the configuration's user.
    func verify() throws
    /// The name has been chosen, and written down for the case that this comes to no end. All that
    /// is done is one transaction, where the server has such.
    func newUser(_ user: NewUser) throws
    func updateUser(_ update: UserUpdate) throws
    /// A user that is gone already is no error.
    func deleteUser(_ user: UserDeletion) throws
    /// It is not used any more, though calls may still be under way.
    func close()
}

extension UserDatabase {
    public func configuration(_ config: JSONObject) -> JSONObject { config }
    public func close() {}
}
