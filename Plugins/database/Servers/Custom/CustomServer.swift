// Databases of kinds that are not built in: a database plugin of the catalog makes and ends their
// users. It runs in a process of its own, which the host starts; here is only what it is asked.

import JSON
import Paths
import PluginSDK

struct CustomServer: DatabaseServer {
    /// Whatever is no other kind's.
    static let pluginNames: [String] = []
    /// What the engine itself looks at; all others are the plugin's alone.
    static let fields: [Field] =
        [
            .string("username", "The plugin's own user."),
            .string("password", "Its password; it is never shown."),
            .string("username_template", "Template of the names of users."),
        ] + PoolBounds.fields
    static let secretFields = ["password", "private_key", "service_account_json"]
    static let defaultUsernameTemplate = PostgreSQLServer.defaultUsernameTemplate
    /// Which of them it takes is the plugin's to say.
    static let credentialTypes = CredentialType.allCases
    static let maxUsernameBytes = Limits.maxUsernameBytes
    /// That is a matter of the plugin's.
    static let needsCreationStatements = false

    let bounds: PoolBounds
    let rootUsername: String?
    /// What the plugin calls the connection, and its configuration.
    private var connection = ""
    private var config = DatabaseConfig()

    init(_ settings: FieldValues) throws(PluginError) {
        bounds = try PoolBounds(settings)
        rootUsername = settings.string("username")
    }

    init(_ connection: String, _ config: DatabaseConfig) throws(PluginError) {
        try self.init(config.settings(Self.self))
        self.connection = connection
        self.config = config
    }

    /// Nothing is begun that the plugin is not there for.
    func connect(password: String) throws(DatabaseError) -> any DatabaseSession {
        var used = config
        if !config.password.hasSameBytes(as: password) {
            used.details["password"] = .string(password)
        }
        let session = CustomSession(connection, used)
        do throws(PluginError) {
            if config.pendingPassword == nil {
                _ = try session.ask(.type, [:])
            } else {
                // A rotation was cut short, and only the server knows which password it has.
                _ = try session.initialize(isVerified: true)
            }
        } catch { throw session.failure(error) }
        return session
    }

    /// What is to be kept of the configuration: the plugin may have completed it, and the catalog
    /// chosen the version.
    func initialized() throws(PluginError) -> DatabaseConfig {
        let session = CustomSession(connection, config)
        do throws(PluginError) {
            let reply = try session.initialize(isVerified: config.verifiesConnection)
            guard let details = reply.data["config"]?.objectValue else {
                throw PluginError(
                    .upstreamFailed,
                    "database plugin \"\(config.pluginName)\" answered without a config")
            }
            var kept = config
            kept.details = details
            kept.pluginVersion = reply.version
            // It is as if an operator had written it.
            _ = try kept.settings(Self.self)
            return kept
        } catch {
            let step = config.verifiesConnection && error.code == .permissionDenied
            let code: FailureCode =
                switch error.code {
                case .unavailable, .deadlineExceeded, .upstreamFailed, .internalError: error.code
                default: .invalidRequest
                }
            throw PluginError(
                code,
                "error creating database object: \(step ? "error verifying connection: " : "")"
                    + session.failure(error).message)
        }
    }

    /// The plugin may forget the connection; it does not matter if it is not there to hear it.
    func forget() { _ = try? CustomSession(connection, config).ask(.close, [:]) }

    /// Runs the plugin anew, with all its connections.
    static func reload(_ plugin: String, version: String) throws(PluginError) {
        try CustomSession.call(plugin, version).reload()
    }
}

extension DatabaseConfig {
    /// Of no kind that is built in.
    func isCustom(_ mount: DatabaseMount) -> Bool {
        mount.kind(pluginName) == CustomServer.self
    }
}
