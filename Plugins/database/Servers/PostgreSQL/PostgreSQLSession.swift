// One session with a PostgreSQL server, over libpq: opening it, and running statements within their
// time. What is done to users stands in PostgreSQLUsers.swift.

import CPostgreSQL
import Clock
import Glibc
import PluginSDK

/// Used by one thread at a time, as libpq wants it; the pool sees to that.
final class PostgreSQLSession: DatabaseSession, @unchecked Sendable {
    let hashesPasswords: Bool
    private let connection: OpaquePointer
    private let redaction: Redaction
    private var isBroken = false
    private var isClosed = false

    init(
        _ parameters: [(name: String, value: String)], _ identity: ClientIdentity?,
        redaction: Redaction, hashesPasswords: Bool
    ) throws(DatabaseError) {
        self.redaction = redaction
        self.hashesPasswords = hashesPasswords
        let (opened, wasAsked) = TLSWishes(identity: identity).fulfilled { Self.open(parameters) }
        guard let connection = opened else {
            throw DatabaseError(.unreachable, "there is no memory for a connection")
        }
        self.connection = connection
        // Messages beside results would go to the log unread.
        PQsetNoticeReceiver(connection, { _, _ in }, nil)
        guard PQstatus(connection) == CONNECTION_OK else {
            let text = redaction.clean(String(cString: PQerrorMessage(connection)))
            // The server asked for a password, and that was the end. It may have another reason;
            // then another password does not help either.
            let isDenied =
                PQconnectionUsedPassword(connection) == 1
                || PQconnectionNeedsPassword(connection) == 1
            PQfinish(connection)
            isClosed = true
            throw DatabaseError(isDenied ? .denied : .unreachable, text)
        }
        guard wasAsked else {
            PQfinish(connection)
            isClosed = true
            throw DatabaseError(
                .unreachable, "the connection is not encrypted, so it has no client certificate")
        }
        // Quoting relies on it; it has been the default since 2010.
        guard let plain = PQparameterStatus(connection, "standard_conforming_strings"),
            String(cString: plain) == "on"
        else {
            PQfinish(connection)
            isClosed = true
            throw DatabaseError(
                .unreachable, "the server has standard_conforming_strings off, which is not safe")
        }
    }

    private static func open(_ parameters: [(name: String, value: String)]) -> OpaquePointer? {
        let names = parameters.map { strdup($0.name) }
        let values = parameters.map { strdup($0.value) }
        defer {
            for (text, pair) in zip(values, parameters) {
                if let text { memset(text, 0, pair.value.utf8.count) }
                free(text)
            }
            for text in names { free(text) }
        }
        let nameList = names.map { UnsafePointer($0) } + [nil]
        let valueList = values.map { UnsafePointer($0) } + [nil]
        return PQconnectdbParams(nameList, valueList, 0)
    }

    deinit { close() }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        PQfinish(connection)
    }

    /// An idle session has nothing to say: what can be read is the end, or the reason for it.
    var isAlive: Bool {
        guard !isBroken, !isClosed, PQstatus(connection) == CONNECTION_OK else { return false }
        var polled = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
        guard polled.fd >= 0 else { return false }
        if poll(&polled, 1, 0) == 0 { return true }
        guard PQconsumeInput(connection) == 1, PQisBusy(connection) == 0 else { return false }
        return PQstatus(connection) == CONNECTION_OK
    }

    // MARK: Statements

    /// What a query gave: rows of texts, `nil` for NULL.
    typealias Rows = [[String?]]

    /// Runs statements, sent as one text; their results in order. `secrets` are in the text and
    /// must not be in what the server says about it.
    @discardableResult
    func run(_ text: String, hiding secrets: [String] = []) throws(DatabaseError) -> [Rows] {
        let deadline =
            MonotonicClock.nowNanoseconds + UInt64(Limits.statementSeconds) * 1_000_000_000
        guard !isBroken, !isClosed, PQsendQuery(connection, text) == 1 else { throw lost() }
        var results: [Rows] = []
        var failure: DatabaseError?
        while true {
            try waitForResult(until: deadline)
            guard let result = PQgetResult(connection) else { break }
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: results.append([])
            case PGRES_TUPLES_OK: results.append(Self.rows(result))
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                // A session in this state takes nothing else.
                isBroken = true
                throw DatabaseError(.failed, "COPY is not possible here")
            default: if failure == nil { failure = error(result, secrets) }
            }
        }
        guard PQstatus(connection) == CONNECTION_OK else { throw lost() }
        if let failure {
            leaveTransaction(deadline)
            throw failure
        }
        return results
    }

    /// A failed statement leaves its transaction open until it is told otherwise.
    private func leaveTransaction(_ deadline: UInt64) {
        guard PQtransactionStatus(connection) != PQTRANS_IDLE else { return }
        guard PQsendQuery(connection, "ROLLBACK") == 1 else {
            isBroken = true
            return
        }
        while (try? waitForResult(until: deadline)) != nil, let result = PQgetResult(connection) {
            PQclear(result)
        }
        if PQtransactionStatus(connection) != PQTRANS_IDLE { isBroken = true }
    }

    private func waitForResult(until deadline: UInt64) throws(DatabaseError) {
        while PQisBusy(connection) == 1 {
            let now = MonotonicClock.nowNanoseconds
            guard now < deadline else { throw lost("it did not answer in time") }
            var polled = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
            let milliseconds = Int32(clamping: (deadline - now) / 1_000_000 + 1)
            if poll(&polled, 1, milliseconds) < 0, errno != EINTR { throw lost() }
            guard PQconsumeInput(connection) == 1 else { throw lost() }
        }
    }

    private func lost(_ reason: String? = nil) -> DatabaseError {
        isBroken = true
        let text = reason ?? redaction.clean(String(cString: PQerrorMessage(connection)))
        return DatabaseError(.lost, "the connection to the server was lost: \(text)")
    }

    private static func rows(_ result: OpaquePointer) -> Rows {
        (0..<PQntuples(result)).map { row in
            (0..<PQnfields(result)).map { column in
                PQgetisnull(result, row, column) == 1
                    ? nil : String(cString: PQgetvalue(result, row, column))
            }
        }
    }

    private func error(_ result: OpaquePointer, _ secrets: [String]) -> DatabaseError {
        func field(_ letter: UInt8) -> String {
            PQresultErrorField(result, Int32(letter)).map { String(cString: $0) } ?? ""
        }
        let state = field(UInt8(ascii: "C"))
        let message = Redaction(secrets).clean(redaction.clean(field(UInt8(ascii: "M"))))
        // Whoever changed a catalog's row first wins, and the other one is told so in words only.
        let isConflict =
            ["40001", "40P01"].contains(state)
            || (state == "XX000" && message.contains("concurrently"))
        return DatabaseError(
            isConflict ? .conflict : .failed,
            message.isEmpty ? "the server refused a statement" : "\(message) (SQLSTATE \(state))")
    }

    /// As the server says it without being asked.
    var isSuperuser: Bool {
        PQparameterStatus(connection, "is_superuser").map { String(cString: $0) == "on" } ?? false
    }

    /// What the server is told instead of a password.
    func digest(of password: String, for name: String) throws(DatabaseError) -> String {
        guard let text = PQencryptPasswordConn(connection, password, name, "scram-sha-256") else {
            throw DatabaseError(.failed, "the password cannot be hashed")
        }
        defer { PQfreemem(text) }
        return String(cString: text)
    }
}
