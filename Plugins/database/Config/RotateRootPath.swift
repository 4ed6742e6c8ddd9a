// `rotate-root/:name`: the engine's own user gets a password that nobody else knows.
//
// The new password is stored before the server has it. Whatever happens in between, one of the two
// that are stored is right, and sessions are opened with the one that works.

import JSON
import Paths
import PluginSDK

func rotateRootPath(_ mount: DatabaseMount) -> Path {
    Path(
        "rotate-root/:name", .update, fields: [.string("name", "Name of the connection.")],
        reads: [StorageKey.config("{name}")],
        help: "Give the engine's own user a password that nobody else knows."
    ) { request in
        let name = try request.name()
        return .read([StorageKey.config(name)]) { entries in
            let config = try entries.config(name)
            let server = try mount.server(name, config)
            guard let user = server.rootUsername, !user.isEmpty, !config.password.isEmpty else {
                throw PluginError(
                    .invalidRequest,
                    "unable to rotate root credentials: the connection has no username and "
                        + "password of its own, for which connection_url has {{username}} and "
                        + "{{password}}")
            }
            let ticket = try mount.claims.claim(StorageKey.config(name), by: request.requestIDBytes)
            // One that was cut short is brought to its end with the password that it stored.
            if config.pendingPassword != nil { return rotate(mount, name, config, user, ticket) }
            return try newPassword(config.passwordPolicy) { password in
                var next = config
                next.pendingPassword = password
                let begun = next
                var batch = WriteBatch()
                batch.put(StorageKey.config(name), begun.encoded())
                return .commit(batch) { rotate(mount, name, begun, user, ticket) }
            }
        }
    }
}

private func rotate(
    _ mount: DatabaseMount, _ name: String, _ config: DatabaseConfig, _ user: String,
    _ ticket: RotationClaims.Ticket
) -> Outcome {
    .wait {
        let password = config.pendingPassword ?? ""
        try mount.claims.check(ticket)
        let pool = try mount.pool(name, config)
        do throws(PluginError) {
            try pool.run(orFail: "unable to rotate root credentials") {
                (session) throws(DatabaseError) in
                try session.changeCredential(
                    of: user, to: .password(password), config.rotationStatements)
            }
        } catch {
            mount.claims.release(ticket)
            throw error
        }
        // What was changed meanwhile stays.
        return .read([StorageKey.config(name)]) { entries in
            var done = try entries.config(name)
            guard done.pendingPassword?.hasSameBytes(as: password) ?? false else {
                throw PluginError(
                    .unavailable, "the connection was changed during the rotation")
            }
            done.details["password"] = .string(password)
            done.pendingPassword = nil
            var batch = WriteBatch()
            batch.put(StorageKey.config(name), done.encoded())
            return .commit(batch) {
                mount.claims.release(ticket)
                return .answer(.none)
            }
        }
    }
}
