// What is done to PostgreSQL's users.
//
// Each step is one transaction, which holds a lock of the user's name. A server that stops
// answering in the middle still has the transaction; who comes to undo it waits for the lock, and
// so undoes what was done and not what is about to be. What makes or changes a user is not even
// sent before the lock is held: a server that was stuck would find it when it goes on, and do it
// after it was undone. What drops one goes as one text: it may come late, since names do not come
// again.

import Cryptography
import PluginSDK

extension PostgreSQLSession {
    func verify() throws(DatabaseError) { try run("SELECT 1") }

    func createUser(_ user: DatabaseUser, _ statements: [String]) throws(DatabaseError) {
        let credential = try sent(user.credential, for: user.name)
        let text = try filledIn(
            statements,
            [
                ("name", user.name), ("username", user.name), credential.placeholder(\.text),
                ("expiration", Self.text(user.expiration)),
            ])
        try begin(user.name)
        try run(text + "\n;\nCOMMIT", hiding: user.credential.secrets + credential.secrets)
    }

    func changeCredential(
        of name: String, to credential: Credential, _ statements: [String]
    ) throws(DatabaseError) {
        let sent = try sent(credential, for: name)
        let statements =
            statements.isEmpty
            ? try credential.usualStatements(
                "ALTER ROLE \"{{username}}\" WITH PASSWORD '{{password}}'") : statements
        let text = try filledIn(
            statements, [("name", name), ("username", name), sent.placeholder(\.text)])
        try begin(name)
        try run(text + "\n;\nCOMMIT", hiding: credential.secrets + sent.secrets)
    }

    func renewUser(
        _ name: String, until expiration: Timestamp, _ statements: [String]
    ) throws(DatabaseError) {
        let statements =
            statements.isEmpty
            ? ["ALTER ROLE \"{{username}}\" VALID UNTIL '{{expiration}}'"] : statements
        let text = try filledIn(
            statements,
            [("name", name), ("username", name), ("expiration", Self.text(expiration))])
        try begin(name)
        try run(text + "\n;\nCOMMIT")
    }

    func dropUser(_ name: String, _ statements: [String]) throws(DatabaseError) {
        guard statements.isEmpty else { return try dropUser(name, by: statements) }
        try drop(name) { () throws(DatabaseError) in try dropUsers([name]) }
    }

    /// What they own is kept: data are not lost with a lease.
    func dropUsers(_ names: [String]) throws(DatabaseError) {
        let users = names.map { Self.quoted($0, "\"") }.joined(separator: ", ")
        let patience = names.count > 1 ? Limits.togetherWaitSeconds : Limits.dropWaitSeconds
        var steps = [Self.begin(names, waitSeconds: patience), Self.remember(names)]
        // Only members may end their sessions and take their rights.
        if !isSuperuser { steps.append("GRANT \(users) TO CURRENT_USER") }
        steps += [
            Self.endSessions, "REASSIGN OWNED BY \(users) TO CURRENT_USER",
            "DROP OWNED BY \(users)", "DROP ROLE \(users)", "COMMIT",
            // One may have been opened between the end of the others and that of the user.
            Self.endSessions,
        ]
        try run(Self.together(steps))
    }

    /// Without the lock of the name, which a step that was given up may hold: this comes neither
    /// too early nor too late.
    func shutOut(_ name: String) throws(DatabaseError) -> Bool {
        let user = Self.quoted(name, "\"")
        try run(
            Self.together([
                Self.begin, Self.wait(seconds: Limits.shutOutWaitSeconds),
                "ALTER ROLE \(user) NOLOGIN", "COMMIT",
            ]))
        // Ended is ended, also in a transaction that comes to nothing.
        var steps = [Self.begin, Self.remember([name])]
        if !isSuperuser { steps.append("GRANT \(user) TO CURRENT_USER") }
        steps += [Self.endSessions, "ROLLBACK"]
        try run(Self.together(steps))
        return true
    }

    private func dropUser(_ name: String, by statements: [String]) throws(DatabaseError) {
        let own = try filledIn(statements, [("name", name), ("username", name)])
        try drop(name) { () throws(DatabaseError) in
            let found = try run(
                Self.together([
                    Self.begin([name], waitSeconds: Limits.dropWaitSeconds), Self.remember([name]),
                    Self.find(name),
                ]))
            let isThere = found.last?.isEmpty == false
            let steps = [own, "COMMIT", "\(Self.endSessions) AND \(Self.areForgotten)"]
            try run(isThere ? Self.together(steps) : "COMMIT")
        }
    }

    /// Runs what may run twice. What fails when the user has gone is no failure.
    private func drop(
        _ name: String, _ body: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        do throws(DatabaseError) { try body() } catch {
            switch error.code {
            case .lost: throw DatabaseError(.lostBefore, error.message)
            case .failed: if try run(Self.find(name)).first?.isEmpty == false { throw error }
            default: throw error
            }
        }
    }

    // MARK: Parts

    /// What the server is asked to keep in mind: the numbers of the users that a drop is about.
    private static let remembered =
        "ANY (pg_catalog.string_to_array("
        + "pg_catalog.current_setting('coffer.users'), ',')::pg_catalog.oid[])"

    private static func remember(_ names: [String]) -> String {
        let list = names.map { quoted($0, "'") }.joined(separator: ", ")
        return "SELECT pg_catalog.set_config('coffer.users', COALESCE(("
            + "SELECT pg_catalog.string_agg(oid::pg_catalog.text, ',') "
            + "FROM pg_catalog.pg_roles WHERE rolname IN (\(list))), ''), false)"
    }

    /// Asks the functions below the view pg_stat_activity, which looks up a good deal more.
    private static let endSessions =
        "SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_stat_get_backend_pid(id)) "
        + "FROM pg_catalog.pg_stat_get_backend_idset() AS id "
        + "WHERE pg_catalog.pg_stat_get_backend_userid(id) = \(remembered)"

    private static let areForgotten =
        "NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE oid = \(remembered))"

    private static func find(_ name: String) -> String {
        "SELECT FROM pg_catalog.pg_roles WHERE rolname = \(quoted(name, "'"))"
    }

    /// A line of its own for each, so that a comment at the end of one ends there.
    private static func together(_ statements: [String]) -> String {
        statements.joined(separator: "\n;\n")
    }

    /// Begins a transaction and waits for the locks of the users' names. What comes after the wait
    /// has to see what the one before has done, whatever the server's settings say.
    private static func begin(_ names: [String], waitSeconds: Int? = nil) -> String {
        let numbers = names.map { name in
            SHA256.hash(Array("coffer user \(name)".utf8)).prefix(8)
                .reduce(Int64(0)) { $0 << 8 | Int64($1) }
        }
        // In the same order by everybody, or two could wait for each other.
        let locks = numbers.sorted().map { "pg_catalog.pg_advisory_xact_lock(\($0))" }
        let patience = waitSeconds.map { wait(seconds: $0) + "; " } ?? ""
        return "\(begin); \(patience)SELECT \(locks.joined(separator: ", "))"
    }

    private static let begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"

    /// How long the transaction waits for what others hold.
    private static func wait(seconds: Int) -> String { "SET LOCAL lock_timeout = '\(seconds)s'" }

    /// Until here the server has not been told to change anything.
    private func begin(_ name: String) throws(DatabaseError) {
        do throws(DatabaseError) { try run(Self.begin([name])) } catch {
            guard error.code == .lost else { throw error }
            throw DatabaseError(.lostBefore, error.message)
        }
    }

    private func sent(
        _ credential: Credential, for name: String
    ) throws(DatabaseError) -> Credential {
        guard case .password(let password) = credential, hashesPasswords else { return credential }
        return .password(try digest(of: password, for: name))
    }

    private func filledIn(
        _ statements: [String], _ values: [(name: String, value: String)]
    ) throws(DatabaseError) -> String {
        Self.together(try SQLText.statements(statements, .postgreSQL, values))
    }

    private static func quoted(_ text: String, _ quote: String) -> String {
        quote + text.replacingAll(quote, by: quote + quote) + quote
    }

    /// `2026-11-21 10:00:00+0000`
    private static func text(_ time: Timestamp) -> String {
        time.rfc3339Seconds.replacingAll("T", by: " ").replacingAll("Z", by: "+0000")
    }
}
