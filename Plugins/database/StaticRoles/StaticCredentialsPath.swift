// `static-creds/:name` and `rotate-role/:name`: the password there is, and a new one at once.

import JSON
import Paths
import PluginSDK

func staticCredentialsPath(_ mount: DatabaseMount) -> Path {
    Path(
        "static-creds/:name", .read, fields: [.string("name", "Name of the static role.")],
        reads: [StorageKey.staticRole("{name}")],
        help: "Read the current password of a static role."
    ) { request in
        let name = try request.name()
        return .read([StorageKey.staticRole(name)]) { entries in
            let role = try entries.requireStaticRole(name)
            return .read([StorageKey.config(role.database)]) { entries in
                guard try entries.config(role.database).allows(name) else {
                    throw PluginError(.permissionDenied, "\"\(name)\" is not an allowed role")
                }
                guard role.pending != nil else { return .answer(role.credentials(request.now)) }
                return finishThenAnswer(role, name, mount, request)
            }
        }
    }
}

/// A rotation was cut short. Which password the server has is known when it has been set again.
private func finishThenAnswer(
    _ role: StaticRole, _ name: String, _ mount: DatabaseMount, _ request: Request
) -> Outcome {
    let unsure = "a rotation of this password has not come to its end: it may have changed already"
    let rotation: Rotation
    do throws(PluginError) { rotation = try Rotation(mount, name, request) } catch {
        return .answer(role.credentials(request.now, warnings: [unsure]))
    }
    return rotation.run { end in
        switch end {
        case .done(let role): return .answer(role.credentials(request.now))
        case .gone: throw PluginError(.invalidRequest, "unknown role: \(name)")
        case .failed(_, let role):
            return .answer(role.credentials(request.now, warnings: [unsure]))
        }
    }
}

func rotateRolePath(_ mount: DatabaseMount) -> Path {
    Path(
        "rotate-role/:name", .update, fields: [.string("name", "Name of the static role.")],
        reads: [StorageKey.staticRole("{name}")],
        help: "Give a static role a new password at once."
    ) { request in
        let name = try request.name()
        return .read([StorageKey.staticRole(name)]) { entries in
            _ = try entries.requireStaticRole(name)
            return try Rotation(mount, name, request).run { end in
                switch end {
                case .done(let role):
                    return .answer(Answer.none.waking(for: role, now: request.now))
                case .gone: throw PluginError(.invalidRequest, "unknown role: \(name)")
                case .failed(let error, _): throw error
                }
            }
        }
    }
}

extension Entries {
    fileprivate func requireStaticRole(_ name: String) throws(PluginError) -> StaticRole {
        guard let role = try staticRole(name) else {
            throw PluginError(.invalidRequest, "unknown role: \(name)")
        }
        return role
    }
}

extension StaticRole {
    fileprivate func credentials(_ now: Timestamp, warnings: [String] = []) -> Answer {
        var shown = JSONObject()
        describe(in: &shown)
        switch credential {
        case .rsaPrivateKey: shown["rsa_private_key"] = .string(secret)
        case .password, .clientCertificate: shown["password"] = .string(secret)
        }
        let (seconds, _) = nextRotation.seconds.subtractingReportingOverflow(now.seconds)
        shown["ttl"] = .int(max(0, seconds))
        let answer = Answer(data: JSONValue.object(shown).encoded(), warnings: warnings)
        // A wake-up may have been lost with the answer that asked for it.
        return dueAt <= now ? answer.waking(for: self, now: now) : answer
    }
}
