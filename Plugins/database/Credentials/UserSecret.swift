// What becomes of a user that was given out: it lives longer, or it ends.

import JSON
import Paths
import PluginSDK

func userSecret(_ mount: DatabaseMount) -> LeasedSecret {
    LeasedSecret(
        "user",
        revoke: { request in
            let user = try GivenUser(request)
            return try end(mount, user, undoing: "unable to delete user") { role in
                role?.revocation ?? user.revocation
            }
        },
        renew: { request in try renew(mount, request) },
        rollback: { request in
            let user = try GivenUser(request)
            return try end(mount, user, undoing: "unable to roll back the creation of a user") {
                _ in
                user.rollback.isEmpty ? user.revocation : user.rollback
            }
        })
}

/// What a lease or an intent remembers.
private struct GivenUser: Sendable {
    let name: String
    let role: String
    let database: String
    let revocation: [String]
    let rollback: [String]

    init(_ request: Request) throws(PluginError) {
        guard let json = try? JSONValue(parsing: request.internalData),
            let name = json["username"]?.stringValue, let role = json["role"]?.stringValue,
            let database = json["db"]?.stringValue
        else { throw PluginError(.internalError, "the lease's data are damaged") }
        self.name = name
        self.role = role
        self.database = database
        revocation = json["revocation"].strings
        rollback = json["rollback"].strings
    }
}

/// The role counts as it is now; if it is gone, as it was.
private func end(
    _ mount: DatabaseMount, _ user: GivenUser, undoing what: String,
    _ statements: @escaping @Sendable (DatabaseRole?) -> [String]
) throws -> Outcome {
    try mount.withRole(user.role) { role in
        try mount.withConfig(user.database) { config in
            let pool = try mount.pool(user.database, config)
            return .wait {
                do throws(DatabaseError) { try pool.end(user.name, statements(role)) } catch {
                    throw error.failure(what)
                }
                return .answer(.none)
            }
        }
    }
}

private func renew(_ mount: DatabaseMount, _ request: Request) throws -> Outcome {
    let user = try GivenUser(request)
    let seconds = Int64(clamping: try request.body()?["ttl"]?.intValue ?? 0)
    let expiration = request.now.adding(seconds: seconds)
        .adding(seconds: Limits.expirationGraceSeconds)
    return try mount.withRole(user.role) { role in
        guard let role else {
            throw PluginError(
                .invalidRequest, "error during renew: could not find role with name \(user.role)")
        }
        return try mount.withConfig(user.database) { config in
            let pool = try mount.pool(user.database, config)
            return .wait {
                try pool.run(orFail: "unable to renew user") { (session) throws(DatabaseError) in
                    try session.renewUser(user.name, until: expiration, role.renewal)
                }
                return .answer(.none)
            }
        }
    }
}
