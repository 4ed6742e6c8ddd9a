// What the engine asks of a kind of database. Each kind is a folder of its own here; the engine
// knows nothing of them but this.

import JSON
import Paths
import PluginSDK

/// The kinds that are built in.
let builtInServers: [any DatabaseServer.Type] = [
    PostgreSQLServer.self,
    MySQLServer.self,
    RedisServer.self,
]

/// A database server as one connection's configuration describes it.
protocol DatabaseServer: Sendable {
    /// Values of `plugin_name`.
    static var pluginNames: [String] { get }
    /// What of a connection's configuration is this kind's own.
    static var fields: [Field] { get }
    /// The fields among them that are never shown.
    static var secretFields: [String] { get }
    static var defaultUsernameTemplate: String { get }
    /// Longest name of a user.
    static var maxUsernameBytes: Int { get }
    /// Users that one step drops at most.
    static var dropsTogether: Int { get }
    /// Whether a role has to say how its users are made.
    static var needsCreationStatements: Bool { get }
    /// What its users can prove themselves with.
    static var credentialTypes: [CredentialType] { get }

    /// `settings` are the values of `fields`. Throws for what cannot be meant; nothing is opened.
    init(_ settings: FieldValues) throws(PluginError)

    var bounds: PoolBounds { get }
    /// The user that the engine itself logs in as; nil if its password cannot be rotated.
    var rootUsername: String? { get }

    /// A session as the engine's own user. `password` is the one of the configuration, or one that
    /// a rotation that was cut short may have set. Returns or throws within `Limits.connectSeconds`
    /// or a little more.
    func connect(password: String) throws(DatabaseError) -> any DatabaseSession
}

/// One session. Used by one thread at a time; each step ends within `Limits.statementSeconds` or a
/// little more. Names and passwords come from strangers: whoever implements this quotes them.
///
/// What it does to a user is one transaction where the server has them, and excludes other
/// transactions of this engine about the same user, also those whose session was given up while the
/// server did not answer: otherwise a user could be made after it was undone.
protocol DatabaseSession: AnyObject, Sendable {
    /// Asks nobody, or at most the socket.
    var isAlive: Bool { get }
    func verify() throws(DatabaseError)
    func createUser(_ user: DatabaseUser, _ statements: [String]) throws(DatabaseError)
    /// Without statements: the server's usual way, which there is for passwords only.
    func changeCredential(
        of name: String, to credential: Credential, _ statements: [String]
    ) throws(DatabaseError)
    func renewUser(
        _ name: String, until expiration: Timestamp, _ statements: [String]
    ) throws(DatabaseError)
    /// Without statements: takes all rights, ends the user's open sessions, and removes it. A user
    /// that is gone already is no error.
    func dropUser(_ name: String, _ statements: [String]) throws(DatabaseError)
    /// Several in the server's usual way, all or none. Fails if one is gone already.
    func dropUsers(_ names: [String]) throws(DatabaseError)
    /// Keeps a user that cannot be dropped from logging in again, and ends its open sessions.
    /// Returns false where there is no way to do that.
    func shutOut(_ name: String) throws(DatabaseError) -> Bool
    func close()
}

extension DatabaseServer {
    static var dropsTogether: Int { 1 }
    static var needsCreationStatements: Bool { true }
}

extension DatabaseSession {
    func dropUsers(_ names: [String]) throws(DatabaseError) {
        for name in names { try dropUser(name, []) }
    }

    func shutOut(_ name: String) throws(DatabaseError) -> Bool { false }
}

struct DatabaseUser: Sendable {
    var name: String
    var credential: Credential
    var expiration: Timestamp
    /// For whom and by which role it is made, and what undoes it. Servers that are built in need
    /// none of it.
    var displayName = ""
    var roleName = ""
    var rollback: [String] = []
}

/// How many sessions a connection has, and how long they live.
struct PoolBounds: Sendable, Equatable {
    var maxOpen = Limits.defaultOpenConnections
    var maxIdle = Limits.defaultOpenConnections
    /// 0: as long as they work.
    var lifetimeSeconds = 0

    static let fields: [Field] = [
        .integer(
            "max_open_connections", default: Limits.defaultOpenConnections,
            "Most open connections to the database: 1 to \(Limits.maxOpenConnections); 0 is "
                + "\(Limits.defaultOpenConnections)."),
        .integer(
            "max_idle_connections", default: 0,
            "Most connections kept open; 0 is as many as may be open, less is none."),
        .duration(
            "max_connection_lifetime", default: 0,
            "How long a connection is used; 0 is for as long as it works."),
    ]

    init() {}

    init(_ settings: FieldValues) throws(PluginError) {
        maxOpen = settings.integer("max_open_connections") ?? 0
        if maxOpen == 0 { maxOpen = Limits.defaultOpenConnections }
        guard (1...Limits.maxOpenConnections).contains(maxOpen) else {
            throw PluginError(
                .invalidRequest,
                "max_open_connections must be between 1 and \(Limits.maxOpenConnections), or 0 for "
                    + "\(Limits.defaultOpenConnections): there is no unlimited number, since all "
                    + "connections share the engine's threads")
        }
        let idle = settings.integer("max_idle_connections") ?? 0
        maxIdle = idle == 0 ? maxOpen : max(0, min(idle, maxOpen))
        lifetimeSeconds = settings.duration("max_connection_lifetime") ?? 0
    }
}
