// What is done to the users of a Redis or Valkey server. Creation statements are the rules of the
// user, as a JSON list: `["~app:*", "+@read"]`. Without any, users may read everything.

import JSON
import PluginSDK

extension RedisSession {
    func verify() throws(DatabaseError) { try run(["PING"]) }

    func createUser(_ user: DatabaseUser, _ statements: [String]) throws(DatabaseError) {
        let rules = statements.isEmpty ? ["~*", "+@read"] : try Self.rules(statements)
        let password = try Self.password(user.credential)
        try Self.check(user.name, password)
        try run(
            ["ACL", "SETUSER", user.name, "reset", "on", ">" + password] + rules,
            hiding: [password])
    }

    func changeCredential(
        of name: String, to credential: Credential, _ statements: [String]
    ) throws(DatabaseError) {
        let password = try Self.password(credential)
        try Self.check(name, password)
        // Else it would make a user that can do nothing.
        guard try exists(name) else {
            throw DatabaseError(.failed, "the server has no such user")
        }
        try run(["ACL", "SETUSER", name, "resetpass", ">" + password], hiding: [password])
    }

    /// Users have no end of their own here, so there is nothing to do.
    func renewUser(
        _ name: String, until expiration: Timestamp, _ statements: [String]
    ) throws(DatabaseError) {}

    /// The server ends the user's sessions with it. It is asked twice: a session that was given up
    /// may have left a command that the server had not read yet. It reads that at the latest in the
    /// round in which it answers the first time.
    func dropUser(_ name: String, _ statements: [String]) throws(DatabaseError) {
        try run(["ACL", "DELUSER", name])
        try run(["ACL", "DELUSER", name])
    }

    /// Open sessions lose the rights with the user, also where they cannot be ended.
    func shutOut(_ name: String) throws(DatabaseError) -> Bool {
        // Else it would be made.
        guard try exists(name) else { return true }
        try run(["ACL", "SETUSER", name, "reset"])
        _ = try? run(["CLIENT", "KILL", "USER", name])
        return true
    }

    private func exists(_ name: String) throws(DatabaseError) -> Bool {
        try run(["ACL", "GETUSER", name]) != .none
    }

    private static func password(_ credential: Credential) throws(DatabaseError) -> String {
        guard case .password(let password) = credential else {
            throw DatabaseError(.invalid, "users of this server have passwords only")
        }
        return password
    }

    /// The server knows no names with white space, and takes no others' rules out of a name.
    private static func check(_ name: String, _ password: String) throws(DatabaseError) {
        guard name.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), !password.utf8.contains(0) else {
            throw DatabaseError(
                .invalid, "a user's name cannot have white space in it; change username_template")
        }
    }

    static func rules(_ statements: [String]) throws(DatabaseError) -> [String] {
        var rules: [String] = []
        for statement in statements {
            guard let texts = StatementText.list(statement) else {
                throw DatabaseError(
                    .invalid,
                    "creation statements must be a JSON list of ACL rules in texts, such as "
                        + "[\"~app:*\", \"+@read\"]")
            }
            guard texts.allSatisfy({ !$0.isEmpty }) else {
                throw DatabaseError(.invalid, "an ACL rule cannot be empty")
            }
            rules += texts
        }
        return rules
    }
}
