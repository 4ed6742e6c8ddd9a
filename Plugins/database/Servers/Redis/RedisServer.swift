// Redis and Valkey: how they are reached. Their users are those of the access control list.

import Paths
import PluginSDK

struct RedisServer: DatabaseServer {
    static let pluginNames = ["redis-database-plugin", "valkey-database-plugin"]
    static let fields: [Field] =
        [
            .string(
                "connection_url",
                "How the server is reached, as in rediss://{{username}}:{{password}}@host:6379; or "
                    + "host, port and tls say so. {{name}} is the same as {{username}}."),
            .string("host", "Where the server is."),
            .integer("port", default: 6_379, "Its port."),
            .string("username", "The engine's own user; it has to have the right to ACL."),
            .string("password", "Its password; it is never shown."),
            .string("username_template", "Template of the names of users."),
            .boolean("tls", default: false, "Whether the server is reached over TLS."),
            .boolean(
                "insecure_tls", default: false,
                "Do not look at the server's certificate. Whoever is in between can then be the "
                    + "server."),
            .string("ca_cert", "Certificates in PEM that the server's is checked against."),
            .string(
                "tls_certificate",
                "The engine's own certificate in PEM, and those above it after it."),
            .string("private_key", "Its key in PEM; it is never shown."),
        ] + PoolBounds.fields
    static let secretFields = ["password", "private_key"]
    static let maxUsernameBytes = 128
    static let needsCreationStatements = false
    static let credentialTypes = [CredentialType.password]
    static let defaultUsernameTemplate =
        "{{ printf \"V_%s_%s_%s_%s\" (.DisplayName | uppercase | truncate 32) "
        + "(.RoleName | uppercase | truncate 32) (random 20 | uppercase) (unix_time) "
        + "| truncate 128 }}"

    let bounds: PoolBounds
    let rootUsername: String?
    private let host: String
    private let port: Int32
    private let username: String
    /// Has the password in it, or the placeholder for it.
    private let passwordForm: String
    private let tls: TLSSettings?

    init(_ settings: FieldValues) throws(PluginError) {
        bounds = try PoolBounds(settings)
        let url = settings.string("connection_url") ?? ""
        let address = url.isEmpty ? nil : try RedisAddress(url)
        let ownHost = settings.string("host") ?? ""
        guard address == nil || ownHost.isEmpty else {
            throw PluginError(.invalidRequest, "connection_url and host exclude each other")
        }
        host = address?.host ?? ownHost
        guard !host.isEmpty, !host.utf8.contains(0) else {
            throw PluginError(.invalidRequest, "host cannot be empty")
        }
        let number = address?.port ?? settings.integer("port") ?? 6_379
        guard (1...65_535).contains(number) else {
            throw PluginError(.invalidRequest, "port must be between 1 and 65535")
        }
        port = Int32(number)
        let own = settings.string("username") ?? ""
        username =
            address?.username.replacingAll(ConnectionText.values(username: own)) ?? own
        passwordForm = address?.password ?? "{{password}}"
        tls = try Self.tls(settings, isWanted: address?.usesTLS ?? false)
        let isRotatable = !own.isEmpty && passwordForm.hasSameBytes(as: "{{password}}")
        rootUsername = isRotatable ? username : nil
    }

    private static func tls(
        _ settings: FieldValues, isWanted: Bool
    ) throws(PluginError) -> TLSSettings? {
        var tls = TLSSettings()
        tls.authorities = try Authorities.read(settings, "ca_cert")
        tls.isVerified = !(settings.boolean("insecure_tls") ?? false)
        tls.identity = try ClientIdentity.read(
            certificate: ("tls_certificate", settings.string("tls_certificate") ?? ""),
            key: ("private_key", settings.string("private_key") ?? ""))
        if isWanted || settings.boolean("tls") ?? false { return tls }
        guard tls.authorities.isEmpty, tls.isVerified, tls.identity == nil else {
            throw PluginError(
                .invalidRequest,
                "ca_cert, insecure_tls and tls_certificate need tls=true or a rediss:// address")
        }
        return nil
    }

    func connect(password: String) throws(DatabaseError) -> any DatabaseSession {
        try RedisSession(
            host: host, port: port, username: username,
            password: passwordForm.replacingAll("{{password}}", by: password), tls)
    }
}
