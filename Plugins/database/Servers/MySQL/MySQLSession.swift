// One session with a MySQL or MariaDB server, over libmariadb: opening it, and running statements.
// What is done to users stands in MySQLUsers.swift.

import CMariaDB
import Glibc
import PluginSDK

/// Used by one thread at a time, as the library wants it; the pool sees to that.
final class MySQLSession: DatabaseSession, @unchecked Sendable {
    private static let isPrepared = mysql_server_init(0, nil, nil) == 0
    /// Ways to log in that do not hand the password to whoever says that he is the server. That of
    /// MySQL 8 does so without verified TLS, encrypted for him; but its users have no other.
    private static let logins = "mysql_native_password,caching_sha2_password,client_ed25519"

    /// Since then the library has the host's name in memory of its own.
    static var canReplaceServerName: Bool { mysql_get_client_version() >= 30_300 }

    private let handle: UnsafeMutablePointer<MYSQL>
    private let redaction: Redaction
    private var isBroken = false
    private var isClosed = false

    init(
        _ address: MySQLAddress, certificates: String, _ wishes: TLSWishes, redaction: Redaction
    ) throws(DatabaseError) {
        self.redaction = redaction
        guard Self.isPrepared, let handle = mysql_init(nil) else {
            throw DatabaseError(.unreachable, "there is no memory for a connection")
        }
        self.handle = handle
        let pipe = certificates.isEmpty ? nil : CertificatePipe(certificates)
        guard certificates.isEmpty || pipe != nil else {
            close()
            throw DatabaseError(.unreachable, "the certificates cannot be handed over")
        }
        configure(address, authorities: pipe?.path ?? Authorities.systemFile)
        // The library looks at the name again when the handshake is over.
        let (opened, wereMet) = wishes.fulfilled(namePlace: Self.hostPlace(handle)) {
            mysql_real_connect(
                handle, address.host, address.username, address.password,
                address.database.isEmpty ? nil : address.database, address.port, address.socket, 0)
        }
        withExtendedLifetime(pipe) {}
        guard opened != nil else {
            let error = failure()
            close()
            throw error
        }
        if address.encryption == .verified || address.encryption == .unverified,
            mysql_get_ssl_cipher(handle) == nil || !wereMet
        {
            close()
            throw DatabaseError(.unreachable, "the connection is not encrypted")
        }
        // What quotes and backslashes mean is settled here, and not by the server's configuration.
        do throws(DatabaseError) { try settleQuotes() } catch {
            close()
            throw error
        }
    }

    private static func hostPlace(
        _ handle: UnsafeMutablePointer<MYSQL>
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        guard let offset = MemoryLayout<MYSQL>.offset(of: \.host) else { return nil }
        return (UnsafeMutableRawPointer(handle) + offset)
            .assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)
    }

    private func settleQuotes() throws(DatabaseError) {
        try run(
            "SET SESSION sql_mode = REPLACE(REPLACE(@@SESSION.sql_mode, "
                + "'NO_BACKSLASH_ESCAPES', ''), 'ANSI_QUOTES', '')")
        // Other modes bring them back.
        let mode = try run("SELECT @@SESSION.sql_mode").first?.first.flatMap { $0 } ?? "ANSI_QUOTES"
        guard !mode.contains("NO_BACKSLASH_ESCAPES"), !mode.contains("ANSI_QUOTES") else {
            throw DatabaseError(.unreachable, "the server's sql_mode is one of other products'")
        }
    }

    private func configure(_ address: MySQLAddress, authorities: String) {
        func set(_ option: mysql_option, _ number: UInt32) {
            var number = number
            mysql_options(handle, option, &number)
        }
        func set(_ option: mysql_option, flag: Bool) {
            var value: my_bool = flag ? 1 : 0
            mysql_options(handle, option, &value)
        }
        set(MYSQL_OPT_CONNECT_TIMEOUT, UInt32(Limits.connectSeconds))
        set(MYSQL_OPT_READ_TIMEOUT, UInt32(Limits.statementSeconds))
        set(MYSQL_OPT_WRITE_TIMEOUT, UInt32(Limits.statementSeconds))
        // A server may otherwise ask its client for files.
        set(MYSQL_OPT_LOCAL_INFILE, 0)
        set(MYSQL_OPT_RECONNECT, flag: false)
        mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        mysql_options(handle, MARIADB_OPT_RESTRICTED_AUTH, Self.logins)
        if address.socket == nil {
            set(MYSQL_OPT_PROTOCOL, UInt32(MYSQL_PROTOCOL_TCP.rawValue))
        }
        switch address.encryption {
        case .none: break
        case .preferred, .unverified:
            set(MYSQL_OPT_SSL_ENFORCE, flag: address.encryption == .unverified)
            set(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, flag: false)
        case .verified:
            set(MYSQL_OPT_SSL_ENFORCE, flag: true)
            set(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, flag: true)
            mysql_options(handle, MYSQL_OPT_SSL_CA, authorities)
        }
    }

    deinit { close() }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        mysql_close(handle)
    }

    /// An idle session has nothing to say: what can be read is its end.
    var isAlive: Bool {
        guard !isBroken, !isClosed else { return false }
        var polled = pollfd(
            fd: Int32(truncatingIfNeeded: mysql_get_socket(handle)), events: Int16(POLLIN),
            revents: 0)
        return polled.fd >= 0 && poll(&polled, 1, 0) == 0
    }

    // MARK: Statements

    /// Runs one statement; its rows. `secrets` are in the text and must not be in what the server
    /// says about it.
    @discardableResult
    func run(_ text: String, hiding secrets: [String] = []) throws(DatabaseError) -> [[String?]] {
        guard !isBroken, !isClosed else { throw DatabaseError(.lost, "the session is over") }
        let bytes = Array(text.utf8)
        let status = bytes.withUnsafeBytes {
            mysql_real_query(handle, $0.bindMemory(to: CChar.self).baseAddress, UInt(bytes.count))
        }
        guard status == 0 else { throw failure(hiding: secrets) }
        guard let result = mysql_store_result(handle) else {
            guard mysql_errno(handle) == 0 else { throw failure(hiding: secrets) }
            return []
        }
        defer { mysql_free_result(result) }
        let columns = Int(mysql_num_fields(result))
        var rows: [[String?]] = []
        while let row = mysql_fetch_row(result) {
            rows.append((0..<columns).map { row[$0].map { String(cString: $0) } })
        }
        return rows
    }

    /// What went wrong last.
    private func failure(hiding secrets: [String] = []) -> DatabaseError {
        let number = mysql_errno(handle)
        let text = Redaction(secrets).clean(
            redaction.clean(String(cString: mysql_error(handle))))
        switch number {
        // The library's own.
        case 2_000..<3_000:
            isBroken = true
            let wasOpen = number == 2_006 || number == 2_013 || number == 2_055
            return DatabaseError(wasOpen ? .lost : .unreachable, text)
        case 1_045, 1_698: return DatabaseError(.denied, text)
        // Deadlocks, and locks that were waited for too long.
        case 1_205, 1_213: return DatabaseError(.conflict, text)
        case 1_040, 1_053, 1_203, 1_927:
            isBroken = true
            return DatabaseError(.unreachable, text)
        default: return DatabaseError(.failed, "\(text) (error \(number))")
        }
    }
}
