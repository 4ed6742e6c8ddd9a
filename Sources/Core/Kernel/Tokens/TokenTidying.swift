// Finds index entries whose token is gone, and tokens whose parent is gone.

internal import Barrier

extension TokenStore {
    /// What was removed.
    struct TidyReport: Sendable, Equatable {
        var accessors = 0
        var parents = 0
        var expiries = 0
        var cubbyholes = 0
        /// Tokens that had outlived their parent.
        var revoked = 0
    }

    /// Goes through all indexes. Every change writes a token with its indexes, so there is nothing
    /// to find unless a store was damaged or restored in part.
    func tidy() async throws(BackendFailure) -> TidyReport {
        var report = TidyReport()
        for name in try allNames("accessor/") {
            guard let stored = try barrier.read(prefix + "accessor/" + name) else { continue }
            let token = TokenKey(text: String(decoding: stored.value, as: UTF8.self))
            report.accessors += try await removeOrphaned("accessor/" + name, token, of: self)
        }
        for time in try allNames("expiry/") {
            for name in try allNames("expiry/" + time) {
                report.expiries += try await removeOrphaned(
                    "expiry/" + time + name, TokenKey(text: name), of: self)
            }
        }
        for parent in try allNames("parent/") {
            let parentKey = TokenKey(text: String(parent.dropLast()))
            let isParentGone =
                try parentKey.map { key throws(BackendFailure) in
                    try find(key) == nil
                } ?? true
            for name in try allNames("parent/" + parent) {
                let child = TokenReference(name)
                var store: TokenStore? = self
                if let namespace = child?.namespace {
                    store = try await directory.tokens(namespace)
                }
                if isParentGone, let child, let store, try store.find(child.key) != nil {
                    try await store.revoke(child.key)
                    report.revoked += 1
                }
                report.parents += try await removeOrphaned(
                    "parent/" + parent + name, child?.key, of: store)
            }
        }
        for folder in try cubbyholeNames() {
            guard let key = TokenKey(text: String(folder.dropLast())), try find(key) == nil else {
                continue
            }
            try await barrier.deleteFolder(cubbyholePath(key))
            report.cubbyholes += 1
        }
        return report
    }

    private func allNames(_ folder: String) throws(BackendFailure) -> [String] {
        try barrier.allNames(prefix + folder)
    }

    /// Removes an index entry, if its token is not there; says how many that were.
    private func removeOrphaned(
        _ path: String, _ token: TokenKey?, of store: TokenStore?
    ) async throws(BackendFailure) -> Int {
        var batch = BarrierBatch()
        batch.deletes.append(prefix + path)
        if let token, let store {
            guard try store.find(token) == nil else { return 0 }
            // A token with an id of somebody's choice may be made anew just now, with this index.
            batch.preconditions.append((store.idPath(token), 0))
        }
        do throws(BarrierError) {
            _ = try await barrier.commit(batch)
            return 1
        } catch {
            if case .conflict = error.code { return 0 }
            throw BackendFailure(error)
        }
    }
}

extension TokenStore {
    /// Takes all tokens out of the indexes of parents in other namespaces, before the store goes.
    func leaveParents() async throws(BackendFailure) {
        try await forEachToken { tokens throws(BackendFailure) in
            var batch = BarrierBatch()
            for token in tokens {
                guard let parent = TokenReference(token.entry.parent), parent.namespace != nil,
                    let home = store(of: parent)
                else { continue }
                let child = reference(to: token.key, keptIn: home.namespace)
                batch.deletes.append(home.parentPath(parent.key, child))
            }
            if !batch.deletes.isEmpty { try await barrier.write(batch) }
        }
    }
}

extension Barrier {
    /// All names of a folder at once, for what is done in the background.
    fileprivate func allNames(_ folder: String) throws(BackendFailure) -> [String] {
        var names: [String] = []
        try forEachName(in: folder) { name throws(BackendFailure) in names.append(name) }
        return names
    }
}

extension TokenStore {
    private func cubbyholeNames() throws(BackendFailure) -> [String] {
        try barrier.allNames(cubbyholeFolder)
    }
}
