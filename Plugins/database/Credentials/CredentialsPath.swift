// `creds/:name`: a user of one's own, for as long as its lease.

import JSON
import Paths
import PluginSDK

func credentialsPath(_ mount: DatabaseMount, _ secret: LeasedSecret) -> Path {
    Path(
        "creds/:name", .read, fields: [.string("name", "Name of the role.")],
        help: "Make a user by a role; it ends with its lease."
    ) { request in
        let name = try request.name()
        return try mount.withRole(name) { role in
            guard let role else {
                throw PluginError(.invalidRequest, "unknown role: \(name)")
            }
            return try mount.withConfig(role.database) { config in
                guard config.allows(name) else {
                    throw PluginError(
                        .permissionDenied, "\"\(name)\" is not an allowed role")
                }
                let kind = mount.kind(config.pluginName)
                guard !role.creation.isEmpty || !kind.needsCreationStatements else {
                    throw PluginError(.invalidRequest, "empty creation statements")
                }
                let user = try NewUser(request, name, role, config, mount)
                // Without a server to talk to nothing is begun, and there is nothing to undo.
                if user.pool.isReady { return try begin(user, config, secret) }
                return .wait {
                    try user.pool.prepare(orFail: "unable to create user")
                    return try begin(user, config, secret)
                }
            }
        }
    }
}

private func begin(
    _ user: NewUser, _ config: DatabaseConfig, _ secret: LeasedSecret
) throws -> Outcome {
    try user.role.credential.make(for: user.holder, config) { credential in
        .intend(secret.intent(user.memory)) {
            .wait { try user.made(credential, secret) }
        }
    }
}

/// A user that is about to be made.
private struct NewUser: Sendable {
    let name: String
    let roleName: String
    let role: DatabaseRole
    let pool: SessionPool
    let holder: CredentialHolder

    init(
        _ request: Request, _ roleName: String, _ role: DatabaseRole, _ config: DatabaseConfig,
        _ mount: DatabaseMount
    ) throws(PluginError) {
        self.roleName = roleName
        self.role = role
        pool = try mount.pool(role.database, config)
        let kind = mount.kind(config.pluginName)
        try role.credential.check(kind, config.pluginName)
        name = try username(request, roleName, config, kind)
        holder = CredentialHolder(
            username: name, displayName: request.displayName, roleName: roleName, now: request.now,
            expiration: request.now.adding(seconds: role.ttlSeconds(mount))
                .adding(seconds: Limits.expirationGraceSeconds))
    }

    /// What is needed to end the user, also when the role is gone.
    var memory: JSONValue {
        var memory: JSONObject = [
            "username": .string(name), "role": .string(roleName), "db": .string(role.database),
        ]
        if !role.revocation.isEmpty { memory["revocation"] = .strings(role.revocation) }
        if !role.rollback.isEmpty { memory["rollback"] = .strings(role.rollback) }
        return .object(memory)
    }

    func made(_ new: NewCredential, _ secret: LeasedSecret) throws(PluginError) -> Outcome {
        let user = DatabaseUser(
            name: name, credential: new.credential, expiration: holder.expiration,
            displayName: holder.displayName, roleName: roleName, rollback: role.rollback)
        try pool.run(orFail: "unable to create user") { (session) throws(DatabaseError) in
            try session.createUser(user, role.creation)
        }
        var given = new.given
        given["username"] = .string(name)
        return .answer(
            secret.answer(
                .object(given), keeping: memory,
                ttlSeconds: UInt64(max(0, role.defaultTTLSeconds)),
                maxTTLSeconds: UInt64(max(0, role.maxTTLSeconds))))
    }
}

private func username(
    _ request: Request, _ role: String, _ config: DatabaseConfig,
    _ kind: any DatabaseServer.Type
) throws(PluginError) -> String {
    let text = config.usernameTemplate
    do throws(TemplateError) {
        return try UsernameTemplate(parsing: text.isEmpty ? kind.defaultUsernameTemplate : text)
            .username(
                displayName: request.displayName, roleName: role, now: request.now,
                maxBytes: kind.maxUsernameBytes)
    } catch {
        throw PluginError(.invalidRequest, "invalid username template: \(error.message)")
    }
}
