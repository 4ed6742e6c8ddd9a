// `sys/locked-users`: who is locked out after failed logins, and letting them in again.

internal import Clock
internal import JSON
internal import Paths

enum SysLockedUsers {
    static let paths = [
        CorePath(
            "locked-users", [.read: .suspending(list)],
            fields: [.string("mount_accessor", "Only the users of this mount.")],
            help: "List the users that are locked out, in the namespaces below too."),
        CorePath(
            "locked-users/:mount_accessor/unlock/:alias_identifier*",
            [.update: .suspending(unlock)],
            help: "Let a user log in again."),
    ]

    private static func mount(_ accessor: String, _ call: CoreCall) throws(BackendFailure) -> Mount
    {
        guard
            let mount = call.state.mounts.mounts(.auth).first(where: {
                $0.entry.accessor.utf8.elementsEqual(accessor.utf8)
            })
        else {
            throw BackendFailure(
                .invalidRequest, "no auth method with mount accessor \"\(accessor)\"")
        }
        return mount
    }

    private static func list(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        var groups: [(count: Int, json: JSONValue)]
        if let accessor = call.fields.string("mount_accessor"), !accessor.isEmpty {
            groups = [group(call.state, [try mount(accessor, call)])]
        } else {
            groups = try await call.states(withEntriesIn: "lockout/").map { state in
                group(state, state.mounts.mounts(.auth))
            }
        }
        groups = groups.filter { $0.count > 0 }.sorted { $0.count > $1.count }
        let data: JSONValue = [
            "by_namespace": .array(groups.map(\.json)),
            "total": .int(groups.reduce(0) { $0 + $1.count }),
        ]
        return BackendAnswer(data: data.encoded())
    }

    /// Who is locked out of some mounts of a namespace, most of them first.
    private static func group(
        _ state: NamespaceState, _ mounts: [Mount]
    ) -> (count: Int, json: JSONValue) {
        let lockout = state.lockout
        let locked = lockout.locked(now: Timestamp.now.seconds) { id in
            mounts.first { $0.entry.id == id }.map { lockout.rule(for: $0.entry) }
        }
        let byMount = mounts.compactMap { mount -> (count: Int, json: JSONValue)? in
            let names = locked.filter { $0.mountID == mount.entry.id }.map(\.folded).sorted()
            if names.isEmpty { return nil }
            return (
                names.count,
                [
                    "mount_accessor": .string(mount.entry.accessor), "counts": .int(names.count),
                    "alias_identifiers": .strings(names),
                ]
            )
        }.sorted { $0.count > $1.count }
        let namespace: JSONValue = [
            "namespace_id": .string(state.namespace.shownID),
            "namespace_path": .string(state.namespace.path), "counts": .int(locked.count),
            "mount_accessors": .array(byMount.map(\.json)),
        ]
        return (locked.count, namespace)
    }

    /// Somebody who is not locked out has nothing to be unlocked; that is no error.
    private static func unlock(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let mount = try mount(call.name("mount_accessor"), call)
        try await call.state.lockout.unlock(
            LoginName(mountID: mount.entry.id, name: call.name("alias_identifier")))
        return BackendAnswer()
    }
}
