// The engine was woken: static roles whose time has come get new passwords.

import PluginSDK

/// One after the other, and no more than a few: what is left over is for the next time.
func rotateWhatIsDue(_ mount: DatabaseMount, _ request: Request) -> Outcome {
    .list(prefix: StorageKey.rotations, after: nil, limit: Limits.rotationsPerWake) { page in
        let due = page.names.filter { name in
            (RotationName(name)?.dueAt ?? 0) <= request.now.seconds
        }
        return rotate(due[...], mount, request)
    }
}

private func rotate(
    _ due: ArraySlice<String>, _ mount: DatabaseMount, _ request: Request
) -> Outcome {
    guard let first = due.first else { return sleep(request) }
    let rest = due.dropFirst()
    guard let place = RotationName(first) else { return drop(first, then: rest, mount, request) }
    return .read([StorageKey.staticRole(place.role)]) { entries in
        guard let role = try entries.staticRole(place.role), role.dueAt.seconds == place.dueAt
        else { return drop(first, then: rest, mount, request) }
        if role.isTooLate(request.now) { return skip(place.role, role, then: rest, mount, request) }
        let rotation: Rotation
        do throws(PluginError) {
            rotation = try Rotation(mount, place.role, request)
        } catch {
            // Somebody else does it at this moment.
            return rotate(rest, mount, request)
        }
        return rotation.run { end in
            if case .failed(let error, let role) = end {
                Log.warn(
                    "the password of a static role was not rotated",
                    [
                        "role": place.role, "attempts": "\(role.failures)",
                        "error": error.message,
                    ])
            }
            return rotate(rest, mount, request)
        }
    }
}

/// An entry that belongs to nothing.
private func drop(
    _ name: String, then rest: ArraySlice<String>, _ mount: DatabaseMount, _ request: Request
) -> Outcome {
    var batch = WriteBatch()
    batch.delete(StorageKey.rotations + name)
    return .commit(batch) { rotate(rest, mount, request) }
}

/// Its window has passed: it waits for the next one.
private func skip(
    _ name: String, _ stored: StaticRole, then rest: ArraySlice<String>, _ mount: DatabaseMount,
    _ request: Request
) -> Outcome {
    Log.warn("the window in which a static role rotates has passed", ["role": name])
    var role = stored
    role.nextRotation = role.next(after: request.now)
    role.dueAt = role.nextRotation
    var batch = WriteBatch()
    batch.put(role, name, replacing: stored)
    return .commit(batch) { rotate(rest, mount, request) }
}

/// Until the next one is due.
private func sleep(_ request: Request) -> Outcome {
    .list(prefix: StorageKey.rotations, after: nil, limit: 1) { page in
        guard let first = page.names.first.flatMap(RotationName.init) else {
            return .answer(.none)
        }
        return .answer(Answer.none.waking(at: Timestamp(seconds: first.dueAt), now: request.now))
    }
}
