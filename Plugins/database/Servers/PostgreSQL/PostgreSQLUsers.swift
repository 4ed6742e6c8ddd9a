// What is done to PostgreSQL's users.
//
// Each step is one transaction, which holds a lock of the user's name. A server that stops
// answering in the middle still has the transaction; who comes to undo it waits for the lock, and
// so undoes what was done and not what is about to be. Nothing that changes something is sent
// before the lock is held.

import Cryptography
import PluginSDK

extension PostgreSQLSession {
    func verify() throws(DatabaseError) { try run("SELECT 1") }

    func createUser(_ user: DatabaseUser, _ statements: [String]) throws(DatabaseError) {
        let password = try sent(user.password, for: user.name)
        let text = try filledIn(
            statements,
            [
                ("name", user.name), ("username", user.name), ("password", password),
                ("expiration", Self.text(user.expiration)),
            ])
        try begin(user.name)
        try run(text + "\n;\nCOMMIT", hiding: [user.password, password])
    }

    func changePassword(
        of name: String, to password: String, _ statements: [String]
    ) throws(DatabaseError) {
        let sent = try sent(password, for: name)
        let statements =
            statements.isEmpty
            ? ["ALTER ROLE \"{{username}}\" WITH PASSWORD '{{password}}'"] : statements
        let text = try filledIn(
            statements, [("name", name), ("username", name), ("password", sent)])
        try begin(name)
        try run(text + "\n;\nCOMMIT", hiding: [password, sent])
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
        let own =
            statements.isEmpty
            ? nil
            : try filledIn(
                statements, [("name", name), ("username", name)])
        let found = try begin(name, "; " + Self.question(name))
        guard let row = found.last?.first, let id = row.first ?? nil else {
            try run("COMMIT")
            return
        }
        let identifier = Self.quoted(name, "\"")
        // The function below the view pg_stat_activity, which joins more to it than is wanted.
        let end =
            "SELECT pg_catalog.pg_terminate_backend(pid) "
            + "FROM pg_catalog.pg_stat_get_activity(NULL) WHERE usesysid = \(id)"
        var steps: [String] = []
        if let own {
            steps = [own]
        } else {
            let owns = row[1] == "t"
            // Only members may end its sessions and take its rights.
            if !isSuperuser { steps.append("GRANT \(identifier) TO CURRENT_USER") }
            steps.append(end)
            // What it owns is kept: data are not lost with a lease.
            if owns { steps.append("REASSIGN OWNED BY \(identifier) TO CURRENT_USER") }
            steps.append("DROP OWNED BY \(identifier)")
            steps.append("DROP ROLE \(identifier)")
        }
        try run(steps.joined(separator: "\n;\n") + "\n;\nCOMMIT")
        endLeftSessions(end, id)
    }

    /// One may have been opened between the end of the others and that of the user. The user is
    /// gone, whether this goes well or not.
    private func endLeftSessions(_ end: String, _ id: String) {
        do throws(DatabaseError) {
            try run(
                end + " AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE oid = \(id))")
        } catch {
            Log.debug("sessions of a dropped user were not looked for", ["error": error.message])
        }
    }

    // MARK: Parts

    /// The user's number, and whether it owns anything.
    private static func question(_ name: String) -> String {
        """
        SELECT r.oid,
          EXISTS (SELECT FROM pg_catalog.pg_shdepend d
            WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
              AND d.refobjid = r.oid AND d.deptype = 'o')
        FROM pg_catalog.pg_roles r WHERE r.rolname = \(quoted(name, "'"))
        """
    }

    /// Until here the server has not been told to change anything. What comes after the wait for
    /// the lock has to see what the one before has done, whatever the server's settings say.
    @discardableResult
    private func begin(_ name: String, _ more: String = "") throws(DatabaseError) -> [Rows] {
        let digest = SHA256.hash(Array("coffer user \(name)".utf8))
        let number = digest.prefix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        do throws(DatabaseError) {
            return try run(
                "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; "
                    + "SELECT pg_catalog.pg_advisory_xact_lock(\(number))" + more)
        } catch {
            guard error.code == .lost else { throw error }
            throw DatabaseError(.lostBefore, error.message)
        }
    }

    private func sent(_ password: String, for name: String) throws(DatabaseError) -> String {
        hashesPasswords ? try digest(of: password, for: name) : password
    }

    private func filledIn(
        _ statements: [String], _ values: [(name: String, value: String)]
    ) throws(DatabaseError) -> String {
        // A line of its own for each, so that a comment at the end of one ends there.
        try SQLText.statements(statements, .postgreSQL, values).joined(separator: "\n;\n")
    }

    private static func quoted(_ text: String, _ quote: String) -> String {
        quote + text.replacingAll(quote, by: quote + quote) + quote
    }

    /// `2026-11-21 10:00:00+0000`
    private static func text(_ time: Timestamp) -> String {
        time.rfc3339Seconds.replacingAll("T", by: " ").replacingAll("Z", by: "+0000")
    }
}
