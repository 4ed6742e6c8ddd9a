// Carries out a plugin's storage calls on the mounts that its process was given, and on no others.

internal import Kernel
internal import Paths
internal import Wire

enum StorageService {
    /// `reply` is called once: before this returns, or later and on any thread for a commit.
    static func perform(
        _ action: StorageAction, on storage: MountStorage, for request: PendingRequest,
        reply: @escaping @Sendable (StorageReply) -> Void
    ) {
        do throws(BackendFailure) {
            switch action {
            case .get(let keys): reply(.entries(try get(keys, storage)))
            case .list(let prefix, let after, let limit):
                reply(try list(prefix, after, limit, storage))
            case .password(let policy): password(policy, storage, reply)
            case .fill(let templates):
                reply(.filled(try storage.fill(templates, forEntity: request.entityID)))
            case .database:
                throw BackendFailure(.unsupportedOperation, "no storage is a database plugin")
            case .commit(let commit): try perform(commit, storage, request, reply)
            }
        } catch {
            reply(.failure(PluginFailure(error)))
        }
    }

    private static func get(
        _ keys: [[UInt8]], _ storage: MountStorage
    ) throws(BackendFailure) -> [StorageEntry] {
        var entries: [StorageEntry] = []
        entries.reserveCapacity(keys.count)
        var bytes = 0
        for key in keys {
            let found = try storage.get(try text(key))
            bytes += key.count + (found?.value.count ?? 0) + 32
            // The reply is one frame; what does not fit is asked for in parts.
            guard bytes <= WireLimits.maxFramePayloadBytes else {
                throw BackendFailure(.invalidRequest, "the entries do not fit into one reply")
            }
            entries.append(
                StorageEntry(key: key, value: found?.value, revision: found?.revision ?? 0))
        }
        return entries
    }

    private static func list(
        _ prefix: [UInt8], _ after: [UInt8], _ limit: UInt32, _ storage: MountStorage
    ) throws(BackendFailure) -> StorageReply {
        let bound = min(max(Int(limit), 1), PluginHostLimits.listPageEntries)
        let names = try storage.list(try text(prefix), after: try text(after), limit: bound)
        return .names(names.map { Array($0.utf8) }, more: names.count >= bound)
    }

    /// Not on the lane's loop: a strict policy costs many candidates.
    private static func password(
        _ policy: String, _ storage: MountStorage,
        _ reply: @escaping @Sendable (StorageReply) -> Void
    ) {
        Task {
            do throws(BackendFailure) {
                reply(.password(try storage.generatePassword(policy: policy)))
            } catch {
                reply(.failure(PluginFailure(error)))
            }
        }
    }

    private static func perform(
        _ commit: StorageCommit, _ storage: MountStorage, _ request: PendingRequest,
        _ reply: @escaping @Sendable (StorageReply) -> Void
    ) throws(BackendFailure) {
        var preconditions: [(key: String, revision: UInt64)] = []
        for precondition in commit.preconditions {
            preconditions.append((try text(precondition.key), precondition.revision))
        }
        var puts: [(key: String, value: [UInt8])] = []
        for put in commit.puts { puts.append((try text(put.key), put.value)) }
        var deletes: [String] = []
        for key in commit.deletes { deletes.append(try text(key)) }
        let intent = try intent(of: commit, request)
        storage.commit(
            preconditions: preconditions, puts: puts, deletes: deletes, intent: intent,
            isUndoing: isUndoing(request)
        ) { result in
            switch result {
            case .committed(let revision): reply(.committed(revision: revision))
            case .conflict(let key): reply(.conflict(key: Array(key.utf8)))
            case .failed(let failure): reply(.failure(PluginFailure(failure)))
            }
        }
    }

    /// Whether the core asks for the end of something that the engine gave out.
    private static func isUndoing(_ request: PendingRequest) -> Bool {
        switch request.operation {
        case .revoke, .rollback: true
        case .create, .read, .update, .patch, .delete, .list, .help, .initialize, .renew, .wake:
            false
        }
    }

    /// An intent belongs to a client's request, which ends with a lease or without one; what the
    /// core asks for itself it asks again if it does not know how it went.
    private static func intent(
        of commit: StorageCommit, _ request: PendingRequest
    ) throws(BackendFailure) -> EngineIntent? {
        guard !commit.intent.isEmpty else { return nil }
        switch request.operation {
        case .create, .read, .update, .patch, .delete, .list:
            return EngineIntent(request: request.id, path: request.path, data: commit.intent)
        case .help, .initialize, .renew, .revoke, .rollback, .wake:
            throw BackendFailure(.unsupportedOperation, "only a client's request has an intent")
        }
    }

    /// Repaired text would be another key than the one that was asked for.
    private static func text(_ key: [UInt8]) throws(BackendFailure) -> String {
        guard let text = String(validating: key, as: UTF8.self) else {
            throw BackendFailure(.invalidRequest, "a storage key is not UTF-8")
        }
        return text
    }
}
