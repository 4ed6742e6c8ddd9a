// MySQL and MariaDB: how they are reached.

import Paths
import PluginSDK

struct MySQLServer: DatabaseServer {
    static let pluginNames = [
        "mysql-database-plugin", "mysql-aurora-database-plugin", "mysql-rds-database-plugin",
    ]
    static let fields: [Field] =
        [
            .string(
                "connection_url",
                "How the server is reached, as in {{username}}:{{password}}@tcp(host:3306)/. "
                    + "{{username}}, or {{name}}, and {{password}} stand for username and "
                    + "password."),
            .string("username", "The engine's own user."),
            .string("password", "Its password; it is never shown."),
            .string("username_template", "Template of the names of users."),
            .string("tls_ca", "Certificates in PEM that the server's is checked against."),
            .boolean(
                "tls_skip_verify", default: false,
                "Do not look at the server's certificate. Whoever is in between can then be the "
                    + "server."),
            .string(
                "tls_certificate_key",
                "The engine's own certificate and its key, both in PEM; it is never shown."),
            .string(
                "tls_server_name",
                "Whom the server's certificate has to be for, instead of the host."),
        ] + PoolBounds.fields
    static let secretFields = ["password", "tls_certificate_key"]
    static let maxUsernameBytes = 32
    static let credentialTypes = CredentialType.allCases
    static let defaultUsernameTemplate =
        "{{ printf \"v-%s-%s-%s-%s\" (.DisplayName | truncate 10) (.RoleName | truncate 10) "
        + "(random 20) (unix_time) | truncate 32 }}"

    let bounds: PoolBounds
    let rootUsername: String?
    private let address: MySQLAddress
    private let username: String
    private let certificates: String
    private let wishes: TLSWishes

    init(_ settings: FieldValues) throws(PluginError) {
        bounds = try PoolBounds(settings)
        let url = settings.string("connection_url") ?? ""
        guard !url.isEmpty else {
            throw PluginError(.invalidRequest, "connection_url cannot be empty")
        }
        var address = try MySQLAddress(url)
        username = settings.string("username") ?? ""
        certificates = try Authorities.read(settings, "tls_ca")
        var wishes = TLSWishes()
        wishes.identity = try ClientIdentity.read(
            both: ("tls_certificate_key", settings.string("tls_certificate_key") ?? ""))
        let serverName = settings.string("tls_server_name") ?? ""
        guard !serverName.utf8.contains(0) else {
            throw PluginError(.invalidRequest, "tls_server_name contains a NUL")
        }
        if !certificates.isEmpty || wishes.identity != nil || !serverName.isEmpty {
            address.encryption = .verified
        }
        if settings.boolean("tls_skip_verify") ?? false, address.encryption == .verified {
            address.encryption = .unverified
        }
        if address.encryption == .verified { wishes.serverName = serverName }
        guard wishes.serverName.isEmpty || MySQLSession.canReplaceServerName else {
            throw PluginError(.invalidRequest, "tls_server_name needs libmariadb 3.3 or newer")
        }
        self.wishes = wishes
        self.address = address
        rootUsername = address.password.utf8.elementsEqual("{{password}}".utf8) ? username : nil
    }

    func connect(password: String) throws(DatabaseError) -> any DatabaseSession {
        // Taken apart first and filled in then: no value can become another part.
        var filled = address
        filled.username = address.username.replacingAll(ConnectionText.values(username: username))
        filled.password = address.password.replacingAll("{{password}}", by: password)
        guard !filled.username.utf8.contains(0), !filled.password.utf8.contains(0) else {
            throw DatabaseError(.invalid, "the user name or the password contains a NUL")
        }
        return try MySQLSession(
            filled, certificates: certificates, wishes,
            redaction: Redaction([password, filled.password]))
    }
}
