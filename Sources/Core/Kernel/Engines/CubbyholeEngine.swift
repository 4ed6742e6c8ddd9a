// `cubbyhole/`: a token's private place for secrets.

internal import JSON
internal import Paths

enum CubbyholeEngine {
    static func make(_ core: Core) -> CoreEngine {
        CoreEngine("cubbyhole", kind: .secret, core: core, paths: [folderPath, path])
    }

    private static let folderPath = CorePath(
        "", [.list: .immediate(list)], help: "List the names of the token's entries.")

    private static let path = CorePath(
        ":path*",
        [
            .read: .immediate(read), .list: .immediate(list), .update: .suspending(write),
            .create: .suspending(write), .delete: .suspending(delete),
        ], help: "Read, write, list or delete an entry that only the caller's token sees.")

    private static func token(_ call: CoreCall) throws(BackendFailure) -> StoredToken {
        let token = try call.requireCaller().token
        if token.entry.isBatch {
            throw BackendFailure(
                .invalidRequest,
                "cubbyhole operations are only supported by \"service\" type tokens")
        }
        return token
    }

    /// A token's place is in its own namespace, wherever it is used.
    private static func cubbyholes(_ call: CoreCall) throws(BackendFailure) -> CubbyholeStore {
        try call.requireCaller().home.cubbyholes
    }

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let storage = try cubbyholes(call).storage(of: token(call))
        return BackendAnswer(data: try storage.get(call.name("path"))?.value)
    }

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        var folder = call.name("path")
        if !folder.isEmpty, folder.utf8.last != UInt8(ascii: "/") { folder += "/" }
        let names = try cubbyholes(call).storage(of: token(call)).list(
            folder, after: "", limit: KernelLimits.listPageEntries + 1)
        return .list(names)
    }

    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let path = call.name("path")
        guard path.utf8.last != UInt8(ascii: "/") else {
            throw BackendFailure(.invalidRequest, "path cannot end in '/'")
        }
        guard !call.request.data.isEmpty, call.request.data != Array("{}".utf8) else {
            throw BackendFailure(.invalidRequest, "missing data fields")
        }
        try await cubbyholes(call).put(path, call.request.data, of: try token(call))
        return BackendAnswer()
    }

    private static func delete(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try await cubbyholes(call).delete(call.name("path"), of: try token(call))
        return BackendAnswer()
    }
}
