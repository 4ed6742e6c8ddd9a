// Redis and Valkey: how they are reached. Their users are those of the access control list.

import Paths
import PluginSDK

struct RedisServer: DatabaseServer {
    static let pluginNames = ["redis-database-plugin", "valkey-database-plugin"]
    static let fields: [Field] =
        [
            .string("host", "Where the server is."),
            .integer("port", default: 6_379, "Its port."),
            .string("username", "The engine's own user; it has to have the right to ACL."),
            .string("password", "Its password; it is never shown."),
            .string("username_template", "Template of the names of users."),
            .boolean("tls", default: false, "Not supported yet."),
            .boolean("insecure_tls", default: false, "Not supported yet."),
            .string("ca_cert", "Not supported yet."),
        ] + PoolBounds.fields
    static let secretFields = ["password"]
    static let maxUsernameBytes = 128
    static let defaultUsernameTemplate =
        "{{ printf \"V_%s_%s_%s_%s\" (.DisplayName | uppercase | truncate 32) "
        + "(.RoleName | uppercase | truncate 32) (random 20 | uppercase) (unix_time) "
        + "| truncate 128 }}"

    let bounds: PoolBounds
    let rootUsername: String?
    private let host: String
    private let port: Int32
    private let username: String

    init(_ settings: FieldValues) throws(PluginError) {
        bounds = try PoolBounds(settings)
        host = settings.string("host") ?? ""
        guard !host.isEmpty, !host.utf8.contains(0) else {
            throw PluginError(.invalidRequest, "host cannot be empty")
        }
        let number = settings.integer("port") ?? 6_379
        guard (1...65_535).contains(number) else {
            throw PluginError(.invalidRequest, "port must be between 1 and 65535")
        }
        port = Int32(number)
        username = settings.string("username") ?? ""
        for name in ["tls", "insecure_tls"] where settings.boolean(name) ?? false {
            throw PluginError(.invalidRequest, "\(name): TLS to Redis is not supported yet")
        }
        guard (settings.string("ca_cert") ?? "").isEmpty else {
            throw PluginError(.invalidRequest, "ca_cert: TLS to Redis is not supported yet")
        }
        rootUsername = username.isEmpty ? nil : username
    }

    func connect(password: String) throws(DatabaseError) -> any DatabaseSession {
        try RedisSession(host: host, port: port, username: username, password: password)
    }
}
