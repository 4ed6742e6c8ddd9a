// A plugin's calls of database plugins on one connection: whether it may make them, and what they
// come to.

internal import Kernel
internal import Logging
internal import NIOCore
internal import Wire

extension LaneConnection {
    /// The database plugin runs in a process of its own, which belongs to the mount that the
    /// request is for; no engine gets at another mount's.
    func callDatabase(
        _ wanted: DatabaseCall, _ call: UInt64, for parent: PendingRequest,
        _ storage: MountStorage
    ) {
        guard callsDatabases, let databases = storage.databases else {
            logger.warning("\(label) asked for a database plugin without being permitted to")
            let failure = PluginFailure(
                .permissionDenied,
                "database plugins are called by engines with the permission `databases` only")
            return finishStorage(call, .failure(failure))
        }
        guard let purpose = Self.purpose(of: wanted) else {
            let failure = PluginFailure(
                .unsupportedOperation, "no operation of a database plugin")
            return finishStorage(call, .failure(failure))
        }
        let request = DatabasePluginRequest(
            plugin: wanted.plugin, version: wanted.version, operation: wanted.operation,
            purpose: purpose, data: wanted.data, lane: lane, requestID: parent.id,
            deadlineNanoseconds: deadline(of: wanted, within: parent))
        databases.call(request) { [weak self] result in
            let reply: StorageReply =
                switch result {
                case .success(let answer):
                    .database(DatabaseAnswer(data: answer.data, version: answer.version))
                case .failure(let failure): .failure(PluginFailure(failure))
                }
            self?.onLoop { $0.finishStorage(call, reply) }
        }
    }

    /// Nothing else gets through to a database plugin.
    private static func purpose(of wanted: DatabaseCall) -> DatabasePluginRequest.Purpose? {
        if wanted.operation.utf8.elementsEqual(DatabaseOperation.reload.utf8) { return .reload }
        switch DatabaseOperation(rawValue: wanted.operation) {
        case .initialize: return .configure
        case .newUser, .updateUser, .deleteUser, .type, .close: return .use
        case nil: return nil
        }
    }

    private func deadline(of wanted: DatabaseCall, within parent: PendingRequest) -> UInt64 {
        guard wanted.timeoutMilliseconds > 0 else { return parent.deadlineNanoseconds }
        return min(
            parent.deadlineNanoseconds, now &+ UInt64(wanted.timeoutMilliseconds) * 1_000_000)
    }
}
