// `static-roles/:name`: users that are there already, whose passwords rotate.

import JSON
import Paths
import PluginSDK

let listStaticRolesPath = listPath(
    "static-roles/?", StorageKey.staticRoles, help: "List the static roles.")

func staticRolePath(_ mount: DatabaseMount) -> Path {
    Path(
        "static-roles/:name",
        [
            .read: { request in
                let name = try request.name()
                return .read([StorageKey.staticRole(name)]) { entries in
                    guard let role = try entries.staticRole(name) else { return .answer(.none) }
                    var shown: JSONObject = [
                        "db_name": .string(role.database),
                        "rotation_statements": .strings(role.statements),
                    ]
                    role.credential.describe(in: &shown, showsSecrets: false)
                    role.describe(in: &shown)
                    return .answer(.data(.object(shown)))
                }
            },
            .update: { request in try writeStaticRole(mount, request) },
            .delete: { request in
                let name = try request.name()
                return .read([StorageKey.staticRole(name)]) { entries in
                    guard let role = try entries.staticRole(name) else { return .answer(.none) }
                    var batch = WriteBatch()
                    batch.delete(StorageKey.rotation(name, dueAt: role.dueAt.seconds))
                    batch.delete(StorageKey.staticRole(name))
                    return .answer(.none, writing: batch)
                }
            },
        ],
        fields: [
            .string("name", "Name of the static role."),
            .string("db_name", "Name of the connection."),
            .string("username", "The user, who is there already. It stays the same."),
            .duration("rotation_period", "How old a password becomes."),
            .string(
                "rotation_schedule",
                "When passwords change, as cron writes it, in UTC: 0 0 * * SAT."),
            .duration(
                "rotation_window",
                "How long after its scheduled time a password may still change."),
            .any("rotation_statements", "Statements that set the password."),
        ] + CredentialType.fields,
        reads: [StorageKey.staticRole("{name}"), StorageKey.role("{name}")],
        existence: StorageKey.staticRole("{name}"),
        help: "Read, write or delete a static role.",
        description: "A new static role gets a new password at once.")
}

private func writeStaticRole(_ mount: DatabaseMount, _ request: Request) throws -> Outcome {
    let name = try request.name()
    let fields = try request.fields()
    return .read([StorageKey.staticRole(name), StorageKey.role(name)]) { entries in
        guard entries[StorageKey.role(name)] == nil else { throw nameIsTaken }
        if let stored = try entries.staticRole(name) {
            var role = stored
            try role.change(fields, now: request.now)
            var batch = WriteBatch()
            batch.put(role, name, replacing: stored)
            return .answer(Answer.none.waking(for: role, now: request.now), writing: batch)
        }
        let role = try StaticRole(fields, now: request.now)
        return .read([StorageKey.config(role.database)]) { entries in
            let config = try entries.config(role.database)
            guard config.allows(name) else {
                throw PluginError(.permissionDenied, "\"\(name)\" is not an allowed role")
            }
            try role.credential.check(mount.kind(config.pluginName), config.pluginName)
            return .wait {
                try mount.pool(role.database, config).prepare(orFail: "error setting credentials")
                return create(role, name, mount, request)
            }
        }
    }
}

/// The role is stored first, and then its rotation is like any other. If it fails for sure, there
/// is no role.
private func create(
    _ role: StaticRole, _ name: String, _ mount: DatabaseMount, _ request: Request
) -> Outcome {
    var batch = WriteBatch()
    batch.put(role, name, replacing: nil)
    return .commit(batch) {
        try Rotation(mount, name, request).run { end in
            switch end {
            case .done(let role):
                return .answer(Answer.none.waking(for: role, now: request.now))
            case .gone: throw PluginError(.unavailable, "the static role was deleted meanwhile")
            case .failed(let error, let role): return notCreated(error, role, name)
            }
        }
    }
}

private func notCreated(_ error: PluginError, _ role: StaticRole, _ name: String) -> Outcome {
    var batch = WriteBatch()
    batch.delete(StorageKey.rotation(name, dueAt: role.dueAt.seconds))
    batch.delete(StorageKey.staticRole(name))
    return .commit(batch) {
        throw PluginError(error.code, "error setting credentials: \(error.message)")
    }
}

extension StaticRole {
    fileprivate init(_ fields: FieldValues, now: Timestamp) throws(PluginError) {
        let username = fields.string("username") ?? ""
        guard !username.isEmpty else {
            throw PluginError(
                .invalidRequest, "username is a required field to create a static account")
        }
        guard username.utf8.count <= Limits.maxUsernameBytes, !username.utf8.contains(0) else {
            throw PluginError(
                .invalidRequest, "username is longer than \(Limits.maxUsernameBytes) bytes")
        }
        let database = fields.string("db_name") ?? ""
        guard isName(database) else {
            throw PluginError(.invalidRequest, "empty database name attribute")
        }
        guard let rotation = try Rotation(fields) else {
            throw PluginError(
                .invalidRequest,
                "one of rotation_schedule or rotation_period must be provided to create a static "
                    + "account")
        }
        self.init(database: database, username: username, rotation: rotation, now: now)
        statements = try fields.statements("rotation_statements") ?? []
        credential = try CredentialSettings(fields)
        try checkCredential()
    }

    private func checkCredential() throws(PluginError) {
        switch credential.type {
        case .password: return
        case .rsaPrivateKey:
            guard !statements.isEmpty else {
                throw PluginError(
                    .invalidRequest,
                    "rotation_statements are needed with credential_type \"rsa_private_key\"")
            }
        case .clientCertificate:
            throw PluginError(
                .invalidRequest,
                "unsupported credential_type \"client_certificate\": static roles have password "
                    + "and rsa_private_key")
        }
    }

    fileprivate mutating func change(_ fields: FieldValues, now: Timestamp) throws(PluginError) {
        if let name = fields.string("username"), !name.hasSameBytes(as: username) {
            throw PluginError(.invalidRequest, "cannot update static account username")
        }
        if let name = fields.string("db_name"), !name.hasSameBytes(as: database) {
            throw PluginError(.invalidRequest, "cannot update static account db_name")
        }
        if let given = try fields.statements("rotation_statements") { statements = given }
        let settings = try CredentialSettings(fields, instead: credential)
        guard settings.type == credential.type else {
            throw PluginError(
                .invalidRequest, "cannot update static account credential_type")
        }
        credential = settings
        try checkCredential()
        guard let changed = try Rotation(fields, instead: rotation) else { return }
        rotation = changed
        switch changed {
        case .period: nextRotation = next(after: lastRotation ?? now)
        case .schedule: nextRotation = next(after: now)
        }
        dueAt = nextRotation
        failures = 0
    }
}

extension StaticRole.Rotation {
    /// `nil` if nothing is said of it.
    fileprivate init?(
        _ fields: FieldValues, instead old: StaticRole.Rotation? = nil
    ) throws(PluginError) {
        let period = fields.isPresent("rotation_period") ? fields.duration("rotation_period") : nil
        let text = fields.string("rotation_schedule")
        let window = fields.isPresent("rotation_window") ? fields.duration("rotation_window") : nil
        if period != nil, text != nil {
            throw PluginError(
                .invalidRequest,
                "mutually exclusive fields rotation_period and rotation_schedule were both "
                    + "specified; only one of them can be provided")
        }
        if let period {
            guard window == nil else {
                throw PluginError(
                    .invalidRequest, "rotation_window is invalid with use of rotation_period")
            }
            guard period >= Limits.minRotationSeconds else {
                throw PluginError(
                    .invalidRequest,
                    "rotation_period must be \(Limits.minRotationSeconds) seconds or more")
            }
            self = .period(seconds: Int64(period))
            return
        }
        if let window, window < Limits.minRotationWindowSeconds {
            throw PluginError(
                .invalidRequest,
                "rotation_window must be \(Limits.minRotationWindowSeconds) seconds or more")
        }
        if let text {
            guard let schedule = RotationSchedule(text) else {
                throw PluginError(
                    .invalidRequest,
                    "could not parse rotation_schedule: five fields as cron has them")
            }
            self = .schedule(schedule, windowSeconds: Int64(window ?? 0))
        } else if let window {
            guard case .schedule(let schedule, _) = old else {
                throw PluginError(
                    .invalidRequest, "rotation_window is invalid with use of rotation_period")
            }
            self = .schedule(schedule, windowSeconds: Int64(window))
        } else {
            return nil
        }
    }
}
