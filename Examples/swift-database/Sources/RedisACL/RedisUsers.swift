// One connection: what an operator wrote to `config/NAME`, and what is done to the users there.

import JSON
import PluginSDK

struct RedisUsers: UserDatabase {
    private let port: UInt16
    private let username: String
    private let password: String

    init(_ config: JSONObject) throws {
        // Everything comes as it was sent: a command line sends texts.
        let text =
            config["port"]?.stringValue ?? config["port"]?.intValue.map(String.init) ?? "6379"
        guard let port = UInt16(text), port > 0 else {
            throw PluginError(.invalidRequest, "port must be between 1 and 65535")
        }
        self.port = port
        username = config["username"]?.stringValue ?? "default"
        password = config["password"]?.stringValue ?? ""
    }

    func verify() throws { _ = try login() }

    func newUser(_ user: NewUser) throws {
        guard case .password(let password) = user.credential else {
            throw PluginError(.invalidRequest, "redis-acl makes users with passwords only")
        }
        try check(user.username)
        // A creation statement is a list of rules, such as `~app:* +@read`. One command makes the
        // user or does not, so there is nothing half made.
        let rules = user.statements.flatMap { $0.split(separator: " ").map(String.init) }
        let set = ["ACL", "SETUSER", user.username, "reset", "on", ">" + password] + rules
        try login().run(set)
    }

    func updateUser(_ update: UserUpdate) throws {
        try check(update.username)
        // Users here have no end of their own, so a new expiration changes nothing.
        guard let credential = update.credential else { return }
        guard case .password(let password) = credential.new else {
            throw PluginError(.invalidRequest, "redis-acl changes passwords only")
        }
        let connection = try login()
        // Else it would be made, as a user that can do nothing.
        guard try connection.run(["ACL", "GETUSER", update.username]) != .nothing else {
            throw PluginError(.upstreamFailed, "the server has no such user")
        }
        try connection.run(["ACL", "SETUSER", update.username, "resetpass", ">" + password])
    }

    /// The server ends the sessions of the user with it, and says nothing against one that is gone.
    func deleteUser(_ user: UserDeletion) throws {
        try login().run(["ACL", "DELUSER", user.username])
    }

    /// A session for each step: simple, and there is nothing to be kept or lost.
    private func login() throws -> RedisConnection {
        let connection = try RedisConnection(port: port)
        if !password.isEmpty {
            try connection.run(["AUTH", username, password], failingAs: .permissionDenied)
        }
        try connection.run(["PING"])
        return connection
    }

    private func check(_ name: String) throws {
        guard name.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw PluginError(.invalidRequest, "a user's name cannot have white space in it")
        }
    }
}
