// `config/:name`: connections.

import JSON
import Paths
import PluginSDK

let listConfigsPath = listPath("config/?", StorageKey.configs, help: "List the connections.")

private let ownFields: [Field] = [
    .string("name", "Name of the connection."),
    .string("plugin_name", "The kind of database, such as postgresql-database-plugin."),
    .string(
        "plugin_version",
        "Version of a database plugin of the catalog; built-in ones have none to choose."),
    .boolean(
        "verify_connection", default: true, "Whether the connection is tried before it is kept."),
    .stringList(
        "allowed_roles", "Roles that may use the connection; * stands for anything, also alone."),
    .any(
        "root_rotation_statements", "Statements that set the password of the engine's own user."),
    .string("password_policy", "Password policy for the passwords made here."),
]

func configPath(_ mount: DatabaseMount) -> Path {
    Path(
        "config/:name",
        [
            .read: { request in try readConfig(mount, request) },
            .update: { request in try writeConfig(mount, request) },
            .delete: { request in try deleteConfig(mount, request) },
        ],
        fields: ownFields + connectionFields(mount.kinds),
        reads: [StorageKey.config("{name}")],
        existence: StorageKey.config("{name}"),
        help: "Read, write or delete a connection.",
        description: "Which settings a connection has depends on plugin_name. A database plugin of "
            + "the catalog gets all that it is given."
    ).takingAnyMembers()
}

/// The fields of all kinds; what two kinds have is one field.
private func connectionFields(_ kinds: [any DatabaseServer.Type]) -> [Field] {
    var fields: [Field] = []
    for field in kinds.flatMap({ $0.fields })
    where !fields.contains(where: { $0.name.hasSameBytes(as: field.name) }) {
        fields.append(field)
    }
    return fields
}

private func readConfig(_ mount: DatabaseMount, _ request: Request) throws -> Outcome {
    let name = try request.name()
    return .read([StorageKey.config(name)]) { entries in
        guard let bytes = entries[StorageKey.config(name)] else { return .answer(.none) }
        let config = try DatabaseConfig(decoding: bytes)
        return .answer(
            .data([
                "plugin_name": .string(config.pluginName),
                "plugin_version": .string(config.pluginVersion),
                "allowed_roles": .strings(config.allowedRoles),
                "root_credentials_rotate_statements": .strings(config.rotationStatements),
                "password_policy": .string(config.passwordPolicy),
                "verify_connection": .bool(config.verifiesConnection),
                "connection_details": .object(config.shownDetails(mount)),
            ]))
    }
}

private func deleteConfig(_ mount: DatabaseMount, _ request: Request) throws -> Outcome {
    let name = try request.name()
    var batch = WriteBatch()
    batch.delete(StorageKey.config(name))
    let deleting = batch
    mount.close(name)
    return .read([StorageKey.config(name)]) { entries in
        guard let config = try? entries.config(name), config.isCustom(mount) else {
            return .answer(.none, writing: deleting)
        }
        return .wait {
            try? CustomServer(name, config).forget()
            return .answer(.none, writing: deleting)
        }
    }
}

private func writeConfig(_ mount: DatabaseMount, _ request: Request) throws -> Outcome {
    let name = try request.name()
    let fields = try request.fields()
    let body = try request.body()?.objectValue ?? JSONObject()
    return .read([StorageKey.config(name)]) { entries in
        let old = try entries[StorageKey.config(name)].map { (bytes) throws(PluginError) in
            try DatabaseConfig(decoding: bytes)
        }
        var config = old ?? DatabaseConfig()
        try config.take(fields, body, name, mount)
        let checked = config
        if checked.isCustom(mount) { return initialize(checked, name, replacing: old, mount) }
        var warnings = checked.hasPasswordInURL ? [DatabaseConfig.passwordWarning] : []
        let declared = ownFields + mount.kind(checked.pluginName).fields
        let unknown = body.keys.filter { key in
            !declared.contains { $0.name.hasSameBytes(as: key) }
        }
        if let warning = UnrecognizedParameters.warning(unknown) { warnings.append(warning) }
        let all = warnings
        guard checked.verifiesConnection else { return keep(checked, name, all) }
        // On a session of its own: what is kept open is for the configuration that is stored.
        return .wait {
            let pool = SessionPool(try mount.server(name, checked), passwords: checked.passwords)
            defer { pool.close() }
            do throws(DatabaseError) {
                try pool.run { (session) throws(DatabaseError) in try session.verify() }
            } catch {
                throw PluginError(
                    .invalidRequest,
                    "error creating database object: error verifying connection: \(error.message)")
            }
            return keep(checked, name, all)
        }
    }
}

/// The plugin looks at the configuration also if it is not to try it, and may complete it.
private func initialize(
    _ config: DatabaseConfig, _ name: String, replacing old: DatabaseConfig?,
    _ mount: DatabaseMount
) -> Outcome {
    .wait {
        let kept = try CustomServer(name, config).initialized()
        if let old, old.isCustom(mount),
            !old.pluginName.hasSameBytes(as: kept.pluginName)
                || !old.pluginVersion.hasSameBytes(as: kept.pluginVersion)
        {
            try? CustomServer(name, old).forget()
        }
        return keep(kept, name, kept.hasPasswordInURL ? [DatabaseConfig.passwordWarning] : [])
    }
}

private func keep(_ config: DatabaseConfig, _ name: String, _ warnings: [String]) -> Outcome {
    var batch = WriteBatch()
    batch.put(StorageKey.config(name), config.encoded())
    return .answer(Answer(warnings: warnings), writing: batch)
}

extension DatabaseConfig {
    fileprivate static let passwordWarning =
        "Password found in connection_url, use a templated url to enable root rotation and prevent "
        + "read access to password information."

    /// What the request gives replaces what there was; what it does not give stays.
    fileprivate mutating func take(
        _ fields: FieldValues, _ body: JSONObject, _ name: String, _ mount: DatabaseMount
    ) throws(PluginError) {
        if let plugin = fields.string("plugin_name") {
            if plugin != pluginName, !pluginName.isEmpty {
                details = JSONObject()
                pluginVersion = ""
            }
            pluginName = plugin
        }
        guard !pluginName.isEmpty else { throw PluginError(.invalidRequest, "empty plugin name") }
        let kind = mount.kind(pluginName)
        let isCustom = kind == CustomServer.self
        if fields.isPresent("plugin_version"), let version = fields.string("plugin_version") {
            guard version.isEmpty || isCustom else {
                throw PluginError(
                    .invalidRequest, "plugin_version: built-in database plugins have one version")
            }
            pluginVersion = version
        }
        if let roles = fields.stringList("allowed_roles") { allowedRoles = roles }
        if let statements = try fields.statements("root_rotation_statements") {
            rotationStatements = statements
        }
        if let policy = fields.string("password_policy") { passwordPolicy = policy }
        if fields.isPresent("verify_connection") {
            verifiesConnection = fields.boolean("verify_connection") ?? true
        }
        for field in kind.fields where fields.isPresent(field.name) {
            details[field.name] = fields.value(field.name)
        }
        if isCustom {
            let engines = ownFields + kind.fields
            for (key, value) in body.members
            where !engines.contains(where: { $0.name.hasSameBytes(as: key) }) {
                details[key] = value
            }
        }
        // A password that an operator gives is the one that counts.
        if fields.isPresent("password") { pendingPassword = nil }
        if !usernameTemplate.isEmpty {
            do throws(TemplateError) {
                try UsernameTemplate.check(usernameTemplate, maxBytes: kind.maxUsernameBytes)
            } catch {
                throw PluginError(.invalidRequest, "invalid username template: \(error.message)")
            }
        }
        _ = try mount.server(name, self)
    }

    fileprivate func shownDetails(_ mount: DatabaseMount) -> JSONObject {
        var shown = details
        let secret = mount.kind(pluginName).secretFields
        for name in secret { _ = shown.removeValue(forKey: name) }
        if let url = shown["connection_url"]?.stringValue {
            shown["connection_url"] = .string(ConnectionText.masked(url))
        }
        return shown
    }

    fileprivate var hasPasswordInURL: Bool {
        guard let url = details["connection_url"]?.stringValue else { return false }
        return !ConnectionText.masked(url).hasSameBytes(as: url)
    }
}
