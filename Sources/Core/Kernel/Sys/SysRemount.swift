// `sys/remount`: a mount gets another path. Policies go by paths and are not changed.

internal import Cryptography
internal import JSON
internal import Logging
internal import Paths

enum SysRemount {
    static let paths = [
        CorePath(
            "remount", [.update: .suspending(remount)],
            fields: [
                .string("from", "Path of the mount, with \"auth/\" for auth methods."),
                .string("to", "Its path from then on."),
            ], help: "Give a mount another path."),
        CorePath(
            "remount/status/:migration_id", [.read: .immediate(status)],
            help: "What became of a move."),
    ]

    private static func remount(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let from = call.fields.string("from") ?? ""
        let to = call.fields.string("to") ?? ""
        guard !from.isEmpty, !to.isEmpty else {
            throw BackendFailure(
                .invalidRequest, "both 'from' and 'to' path must be specified as a string")
        }
        let source = try MountPath(from).text
        let target = try MountPath(to).text
        let isAuth = source.utf8.starts(with: "auth/".utf8)
        if isAuth, !target.utf8.starts(with: "auth/".utf8) {
            throw BackendFailure(
                .invalidRequest, "cannot remount auth mount to non-auth mount \"\(target)\"")
        }
        if MountPaths.isReserved(source) {
            throw BackendFailure(.invalidRequest, "cannot remount \"\(source)\"")
        }
        if MountPaths.isReserved(target) || (!isAuth && target.utf8.starts(with: "auth/".utf8)) {
            throw BackendFailure(
                .invalidRequest, "cannot remount to destination \"\(target)\"")
        }
        let (state, mounts) = (call.state, call.state.mounts)
        guard let mount = mounts[source], !mount.isBuiltIn else {
            throw BackendFailure(.invalidRequest, "no matching mount at \"\(source)\"")
        }
        try mounts.checkFree(target)
        let migrations = call.state.migrations
        let id = migrations.begin(from: source, to: target)
        let logger = call.core.logger
        Task {
            do throws(BackendFailure) {
                try await mounts.move(source, to: target) { mount throws(BackendFailure) in
                    try await state.endGiven(by: mount)
                }
                migrations.end(id, .success)
            } catch {
                migrations.end(id, .failure)
                logger.error(
                    "a mount could not be moved",
                    metadata: ["from": "\(source)", "to": "\(target)", "error": "\(error.message)"])
            }
        }
        let data: JSONValue = ["migration_id": .string(id.text)]
        return BackendAnswer(data: data.encoded())
    }

    private static func status(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        guard let id = UUID128(call.name("migration_id")),
            let migration = call.state.migrations[id]
        else { return BackendAnswer() }
        let data: JSONValue = [
            "migration_id": .string(id.text),
            "migration_info": [
                "source_mount": .string(migration.source),
                "target_mount": .string(migration.target),
                "status": .string(migration.status.rawValue),
            ],
        ]
        return BackendAnswer(data: data.encoded())
    }
}
