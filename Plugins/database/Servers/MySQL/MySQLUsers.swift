// What is done to the users of a MySQL or MariaDB server.
//
// These servers end a transaction with each change of a user, so a creation that fails half-way
// leaves something behind; the core has it undone. A lock of the user's name, which ends with the
// session, sees to it that who undoes comes after a session that was given up and still works.

import Cryptography
import PluginSDK

extension MySQLSession {
    func verify() throws(DatabaseError) { try run("SELECT 1") }

    func createUser(_ user: DatabaseUser, _ statements: [String]) throws(DatabaseError) {
        let filled = try SQLText.statements(
            statements, .mySQL,
            [
                ("name", user.name), ("username", user.name), user.credential.placeholder(\.line),
                ("expiration", Self.text(user.expiration)),
            ])
        try locked(user.name) { () throws(DatabaseError) in
            for statement in filled { try run(statement, hiding: user.credential.secrets) }
        }
    }

    func changeCredential(
        of name: String, to credential: Credential, _ statements: [String]
    ) throws(DatabaseError) {
        let values = [("name", name), ("username", name), credential.placeholder(\.line)]
        try locked(name) { () throws(DatabaseError) in
            if statements.isEmpty, case .password(let password) = credential,
                let accounts = try? accounts(name), !accounts.isEmpty
            {
                let secret = Self.quoted(password)
                for account in accounts {
                    try run("ALTER USER \(account) IDENTIFIED BY \(secret)", hiding: [password])
                }
                return
            }
            let statements =
                statements.isEmpty
                ? try credential.usualStatements(
                    "ALTER USER '{{username}}'@'%' IDENTIFIED BY '{{password}}'") : statements
            for statement in try SQLText.statements(statements, .mySQL, values) {
                try run(statement, hiding: credential.secrets)
            }
        }
    }

    /// Users of these servers have no end of their own: without statements there is nothing to do.
    func renewUser(
        _ name: String, until expiration: Timestamp, _ statements: [String]
    ) throws(DatabaseError) {
        let filled = try SQLText.statements(
            statements, .mySQL,
            [("name", name), ("username", name), ("expiration", Self.text(expiration))])
        guard !filled.isEmpty else { return }
        try locked(name) { () throws(DatabaseError) in
            for statement in filled { try run(statement) }
        }
    }

    func dropUser(_ name: String, _ statements: [String]) throws(DatabaseError) {
        let filled = try SQLText.statements(
            statements, .mySQL, [("name", name), ("username", name)])
        try locked(name) { () throws(DatabaseError) in
            let known = try? accounts(name)
            if known?.isEmpty == true { return endSessions(of: name) }
            if filled.isEmpty {
                for account in known ?? [Self.quoted(name) + "@'%'"] {
                    try run("DROP USER IF EXISTS \(account)")
                }
            } else {
                for statement in filled { try run(statement) }
            }
            // Those that are open go on without the user, so they come after it: nobody can open
            // another one.
            endSessions(of: name)
        }
    }

    /// Without the lock of the name, which a session that was given up may hold.
    func shutOut(_ name: String) throws(DatabaseError) -> Bool {
        // Nobody can open another one after it, and whatever becomes of it, these end.
        defer { endSessions(of: name) }
        for account in (try? accounts(name)) ?? [Self.quoted(name) + "@'%'"] {
            try run("ALTER USER \(account) ACCOUNT LOCK")
        }
        return true
    }

    // MARK: Parts

    /// `'name'@'host'` of each account of the name. Throws where the engine's user may not look.
    private func accounts(_ name: String) throws(DatabaseError) -> [String] {
        try run("SELECT Host FROM mysql.user WHERE User = \(Self.quoted(name))").compactMap { row in
            row.first.flatMap { $0 }.map { Self.quoted(name) + "@" + Self.quoted($0) }
        }
    }

    private func endSessions(of name: String) {
        do throws(DatabaseError) {
            let rows = try run(
                "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = \(Self.quoted(name))")
            for row in rows {
                guard let text = row.first.flatMap({ $0 }), let id = UInt64(text) else { continue }
                // It may have ended by itself.
                _ = try? run("KILL CONNECTION \(id)")
            }
        } catch {
            Log.debug("sessions of a dropped user were not looked for", ["error": error.message])
        }
    }

    /// Until the lock is held the server has not been told to change anything.
    private func locked(
        _ name: String, _ body: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        let digest = SHA256.hash(Array("coffer user \(name)".utf8))
        let lock = "'coffer " + Hex.encode(Array(digest.prefix(16))) + "'"
        let rows: [[String?]]
        do throws(DatabaseError) {
            rows = try run("SELECT GET_LOCK(\(lock), \(Limits.statementSeconds / 2))")
        } catch {
            guard error.code == .lost else { throw error }
            throw DatabaseError(.lostBefore, error.message)
        }
        guard rows.first?.first.flatMap({ $0 }) == "1" else {
            throw DatabaseError(.conflict, "another session is at work on the user")
        }
        let result = Result { () throws(DatabaseError) in try body() }
        _ = try? run("SELECT RELEASE_LOCK(\(lock))")
        try result.get()
    }

    /// A text in quotes. The session takes backslashes as escapes.
    private static func quoted(_ text: String) -> String {
        "'" + text.replacingAll("\\", by: "\\\\").replacingAll("'", by: "''") + "'"
    }

    /// `2026-11-21 10:00:00`, in UTC.
    private static func text(_ time: Timestamp) -> String {
        time.rfc3339Seconds.replacingAll("T", by: " ").replacingAll("Z", by: "")
    }
}
