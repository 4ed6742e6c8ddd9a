// What a database plugin is asked for one connection. Each request has all that it needs, so there
// is nothing to be lost between them.

import JSON
import PluginSDK

final class CustomSession: DatabaseSession {
    private let connection: String
    private let config: DatabaseConfig

    init(_ connection: String, _ config: DatabaseConfig) {
        self.connection = connection
        self.config = config
    }

    /// As long as the plugin's process can be had, which each request finds out.
    var isAlive: Bool { true }

    func close() {}

    func verify() throws(DatabaseError) {
        do throws(PluginError) { _ = try initialize(isVerified: true) } catch {
            throw failure(error)
        }
    }

    func initialize(isVerified: Bool) throws(PluginError) -> DatabasePluginCall.Reply {
        try ask(.initialize, ["verify_connection": .bool(isVerified)])
    }

    func createUser(_ user: DatabaseUser, _ statements: [String]) throws(DatabaseError) {
        var data: JSONObject = [
            "username": .string(user.name),
            "username_config": [
                "display_name": .string(user.displayName), "role_name": .string(user.roleName),
            ],
            "statements": Self.commands(statements),
            "rollback_statements": Self.commands(user.rollback),
            "expiration": .string(user.expiration.rfc3339Seconds),
        ]
        let credential = Self.described(user.credential)
        data["credential_type"] = .string(credential.type.rawValue)
        data[credential.name] = .string(credential.value)
        let made = try run(.newUser, data, hiding: user.credential.secrets)
        // The name was written down before; another one nobody would end.
        guard made["username"]?.stringValue?.hasSameBytes(as: user.name) ?? true else {
            throw DatabaseError(
                .failed, "the database plugin made a user of another name than it was given")
        }
    }

    func changeCredential(
        of name: String, to credential: Credential, _ statements: [String]
    ) throws(DatabaseError) {
        let new = Self.described(credential)
        let change: JSONObject = JSONObject([
            ("new_" + new.name, .string(new.value)), ("statements", Self.commands(statements)),
        ])
        let data = JSONObject([
            ("username", .string(name)), ("credential_type", .string(new.type.rawValue)),
            (new.name, .object(change)),
        ])
        _ = try run(.updateUser, data, hiding: credential.secrets)
    }

    func renewUser(
        _ name: String, until expiration: Timestamp, _ statements: [String]
    ) throws(DatabaseError) {
        _ = try run(
            .updateUser,
            [
                "username": .string(name),
                "expiration": [
                    "new_expiration": .string(expiration.rfc3339Seconds),
                    "statements": Self.commands(statements),
                ],
            ])
    }

    func dropUser(_ name: String, _ statements: [String]) throws(DatabaseError) {
        _ = try run(
            .deleteUser, ["username": .string(name), "statements": Self.commands(statements)])
    }

    // MARK: Asking

    private static func commands(_ statements: [String]) -> JSONValue {
        ["commands": .strings(statements)]
    }

    /// A credential's type, and what it is called and says in a request.
    private static func described(
        _ credential: Credential
    ) -> (type: CredentialType, name: String, value: String) {
        switch credential {
        case .password(let password): (.password, "password", password)
        case .publicKey(let pem): (.rsaPrivateKey, "public_key", pem)
        case .subject(let subject): (.clientCertificate, "subject", subject.text)
        }
    }

    private func run(
        _ operation: DatabaseOperation, _ data: JSONObject, hiding secrets: [String] = []
    ) throws(DatabaseError) -> JSONValue {
        do throws(PluginError) { return try ask(operation, data).data } catch {
            throw failure(error, hiding: secrets)
        }
    }

    func ask(
        _ operation: DatabaseOperation, _ data: JSONObject
    ) throws(PluginError) -> DatabasePluginCall.Reply {
        var data = data
        data["connection"] = .string(connection)
        data["config"] = .object(config.details)
        return try Self.call(config.pluginName, config.pluginVersion).perform(operation, data)
    }

    static func call(_ plugin: String, _ version: String) -> DatabasePluginCall {
        DatabasePluginCall(
            plugin: plugin, version: version,
            timeoutSeconds: Limits.connectSeconds + Limits.statementSeconds)
    }

    /// A plugin's text is a stranger's: what is known to be secret is taken out of it.
    func failure(_ error: PluginError, hiding given: [String] = []) -> DatabaseError {
        let secrets = CustomServer.secretFields.compactMap { config.details[$0]?.stringValue }
        let message = Redaction(secrets + given).clean(error.message)
        let code: DatabaseError.Code =
            switch error.code {
            case .permissionDenied: .denied
            case .invalidRequest: .invalid
            case .unavailable: .unreachable
            case .deadlineExceeded, .cancelled, .internalError: .lost
            default: .failed
            }
        return DatabaseError(code, message)
    }
}
