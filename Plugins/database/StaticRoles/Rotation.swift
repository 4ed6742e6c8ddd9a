// A static role gets a new password or key pair.
//
// The new password is stored as pending before the server has it, and becomes the password when the
// server has confirmed it. After whatever end in between, the next attempt sets the same pending
// password again, which does no harm; so the password that the server has is always one of the two
// that are stored.

import PluginSDK

/// How a rotation ended. Storage says the same by then.
enum RotationEnd: Sendable {
    case done(StaticRole)
    case failed(PluginError, StaticRole)
    /// There is no such role any more.
    case gone
}

struct Rotation: Sendable {
    let mount: DatabaseMount
    let name: String
    let ticket: RotationClaims.Ticket
    let now: Timestamp

    /// Nobody else rotates the role meanwhile.
    init(_ mount: DatabaseMount, _ name: String, _ request: Request) throws(PluginError) {
        self.mount = mount
        self.name = name
        now = request.now
        ticket = try mount.claims.claim(name, by: request.requestIDBytes)
    }

    func run(then: @escaping @Sendable (RotationEnd) throws -> Outcome) -> Outcome {
        .read([StorageKey.staticRole(name)]) { entries in
            guard let role = try entries.staticRole(name) else { return try end(.gone, then) }
            return .read([StorageKey.config(role.database)]) { entries in
                let config: DatabaseConfig
                do throws(PluginError) { config = try entries.config(role.database) } catch {
                    return failed(error, then)
                }
                if let pending = role.pending { return set(pending, role, config, then) }
                return try newSecret(role, config) { secret in
                    var next = role
                    next.pending = secret
                    var batch = WriteBatch()
                    batch.put(StorageKey.staticRole(name), next.encoded())
                    return .commit(batch) { set(secret, role, config, then) }
                }
            }
        }
    }

    private func newSecret(
        _ role: StaticRole, _ config: DatabaseConfig,
        then: @escaping @Sendable (String) throws -> Outcome
    ) throws -> Outcome {
        switch role.credential {
        case .rsaPrivateKey(let bits):
            return .work { try then(try RSACredential.make(bits: bits)) }
        case .password(let policy):
            return try newPassword(policy.isEmpty ? config.passwordPolicy : policy, then: then)
        case .clientCertificate:
            throw PluginError(.internalError, "static roles have no certificates")
        }
    }

    private func set(
        _ secret: String, _ role: StaticRole, _ config: DatabaseConfig,
        _ then: @escaping @Sendable (RotationEnd) throws -> Outcome
    ) -> Outcome {
        .wait {
            do throws(PluginError) {
                try mount.claims.check(ticket)
                let credential: Credential
                if case .rsaPrivateKey = role.credential {
                    credential = .publicKey(try RSACredential.publicKey(of: secret))
                } else {
                    credential = .password(secret)
                }
                let pool = try mount.pool(role.database, config)
                try pool.run(orFail: "unable to rotate credentials") {
                    (session) throws(DatabaseError) in
                    try session.changeCredential(
                        of: role.username, to: credential, role.statements)
                }
            } catch { return failed(error, then) }
            return .read([StorageKey.staticRole(name)]) { entries in
                guard let stored = try entries.staticRole(name) else {
                    return try end(.gone, then)
                }
                guard stored.pending?.hasSameBytes(as: secret) ?? false else {
                    return try end(.done(stored), then)
                }
                var role = stored
                role.settle(now: now)
                return finish(.done(role), role, replacing: stored, then)
            }
        }
    }

    private func failed(
        _ error: PluginError, _ then: @escaping @Sendable (RotationEnd) throws -> Outcome
    ) -> Outcome {
        .read([StorageKey.staticRole(name)]) { entries in
            guard let stored = try entries.staticRole(name) else { return try end(.gone, then) }
            var role = stored
            role.putOff(now: now)
            return finish(.failed(error, role), role, replacing: stored, then)
        }
    }

    private func finish(
        _ result: RotationEnd, _ role: StaticRole, replacing old: StaticRole,
        _ then: @escaping @Sendable (RotationEnd) throws -> Outcome
    ) -> Outcome {
        var batch = WriteBatch()
        batch.put(role, name, replacing: old)
        return .commit(batch) { try end(result, then) }
    }

    private func end(
        _ result: RotationEnd, _ then: (RotationEnd) throws -> Outcome
    ) throws -> Outcome {
        mount.claims.release(ticket)
        return try then(result)
    }
}

extension Answer {
    /// The same, and the engine is woken when the role is due.
    func waking(for role: StaticRole, now: Timestamp) -> Answer {
        waking(at: role.dueAt, now: now)
    }

    func waking(at time: Timestamp, now: Timestamp) -> Answer {
        let (seconds, overflow) = time.seconds.subtractingReportingOverflow(now.seconds)
        return waking(afterSeconds: overflow ? 1 : UInt64(max(1, seconds)))
    }
}
