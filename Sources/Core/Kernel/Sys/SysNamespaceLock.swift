// `sys/namespaces/api-lock`: a namespace's API is locked and unlocked.

internal import JSON
internal import Paths

enum SysNamespaceLock {
    private static let key = Field.string(
        "unlock_key", "What locking answered; a root token needs none.")

    static let paths = ["", "/:path*"].flatMap { rest in
        [
            CorePath(
                "namespaces/api-lock/lock" + rest, [.update: .suspending(lock)],
                help: "Lock the API of this namespace or of one below it."),
            CorePath(
                "namespaces/api-lock/unlock" + rest, [.update: .suspending(unlock)],
                fields: [key], help: "Unlock the API of this namespace or of one below it."),
        ]
    }

    private static func lock(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let key = try await call.server.namespaces.lock(try target(call))
        return BackendAnswer(data: JSONValue.object(["unlock_key": .string(key)]).encoded())
    }

    private static func unlock(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        var key = call.fields.string("unlock_key")
        if key?.isEmpty ?? true {
            guard try call.requireCaller().acl.isRoot else {
                throw BackendFailure(.invalidRequest, "unlock_key must be provided")
            }
            key = nil
        }
        try await call.server.namespaces.unlock(try target(call), key: key)
        return BackendAnswer()
    }

    private static func target(_ call: CoreCall) throws(BackendFailure) -> Namespace {
        let own = call.state.namespace
        guard !call.name("path").isEmpty else { return own }
        let path = try NamespacePath(call.name("path"))
        guard let found = call.server.namespaces.find(path, below: own) else {
            throw NamespaceTable.notFound
        }
        return found
    }
}
