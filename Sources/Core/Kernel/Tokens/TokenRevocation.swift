// The end of a token ends all that came of it.

internal import Barrier
internal import Clock

extension TokenStore {
    /// Revokes a token and all its descendants.
    ///
    /// The token is marked first and opens nothing from then on. If the process dies before the
    /// children are gone, the mark stands in the expiry index at time 0 and the sweep after the
    /// next start goes on with it.
    func revoke(_ key: TokenKey) async throws(BackendFailure) {
        guard try await mark(key) else { return }
        // Depth first with a stack of our own: a long chain of children must not become a deep
        // recursion.
        var stack: [(home: TokenStore, key: TokenKey, areChildrenDone: Bool)] = [
            (self, key, false)
        ]
        while let (home, current, areChildrenDone) = stack.popLast() {
            if areChildrenDone {
                if let token = try home.find(current) { try await home.remove(token) }
                continue
            }
            stack.append((home, current, true))
            let base = stack.count
            let children = try home.names(
                "parent/\(current.text)/", after: "", limit: KernelLimits.listPageEntries)
            for name in children {
                guard let child = TokenReference(name) else { continue }
                if let store = try await home.findStore(of: child),
                    try await store.mark(child.key)
                {
                    stack.append((store, child.key, false))
                } else {
                    try await home.removeParentIndex(parent: current, child: child)
                }
            }
            // More children than one page: this token is looked at again when these are gone.
            if children.count == KernelLimits.listPageEntries {
                stack.insert((home, current, false), at: base)
            }
        }
    }

    /// The store of a child, which may be in a namespace below this one; `nil` if that is gone.
    private func findStore(
        of child: TokenReference
    ) async throws(BackendFailure) -> TokenStore? {
        guard let namespace = child.namespace else { return self }
        return try await directory.tokens(namespace)
    }

    /// The leases that a token has left in namespaces below its own end with it.
    func expireLeasesElsewhere(of key: TokenKey) async throws(BackendFailure) {
        for id in try barrier.names(
            elsewhereFolder(key), after: "", limit: KernelLimits.listPageEntries)
        {
            if let store = try await directory.tokens(id) {
                try await store.leases.expireAll(ofToken: key)
            }
            try await barrier.delete(elsewherePath(key, id))
        }
    }

    /// Revokes a token and leaves its children, as orphans.
    func revokeOrphaning(_ key: TokenKey) async throws(BackendFailure) {
        guard try await mark(key) else { return }
        while true {
            let children = try names(
                "parent/\(key.text)/", after: "", limit: KernelLimits.listPageEntries)
            if children.isEmpty { break }
            for name in children {
                guard let child = TokenReference(name) else { continue }
                let store = try await findStore(of: child)
                while let store, let token = try store.find(child.key) {
                    var entry = token.entry
                    entry.parent = ""
                    if try await store.replace(token, with: entry) { break }
                }
                try await removeParentIndex(parent: key, child: child)
            }
        }
        if let token = try find(key) { try await remove(token) }
    }

    /// Takes a token's rights away at once; `false` if there is no such token.
    func mark(_ key: TokenKey) async throws(BackendFailure) -> Bool {
        while let token = try find(key), !token.entry.isBatch {
            if token.entry.isRevoking { return true }
            var entry = token.entry
            entry.isRevoking = true
            entry.expiresAt = 1
            if try await replace(token, with: entry) { return true }
        }
        return false
    }

    private func removeParentIndex(
        parent: TokenKey, child: TokenReference
    ) async throws(BackendFailure) {
        try await barrier.delete(parentPath(parent, child))
    }

    /// Revokes what has expired by `now`, at most `limit` tokens; says how many that were.
    ///
    /// The index is ordered by time, so this reads what is due and nothing else, however many
    /// tokens there are.
    func sweepExpired(now: Int64, limit: Int) async throws(BackendFailure) -> Int {
        var swept = 0
        let due = Self.sortable(now) + "/"
        var after = ""
        while swept < limit {
            guard let time = try names("expiry/", after: after, limit: 1).first else { break }
            guard !due.utf8.lexicographicallyPrecedes(time.utf8) else { break }
            after = time
            let keys = try names("expiry/\(time)", after: "", limit: limit - swept)
                .compactMap { TokenKey(text: $0) }
            swept += keys.count
            try await forEachSideBySide(keys) { key throws(BackendFailure) in
                if try self.find(key) == nil {
                    try await self.barrier.delete("\(self.prefix)expiry/\(time)\(key.text)")
                } else {
                    try await self.revoke(key)
                }
            }
        }
        return swept
    }

    /// Works on several tokens at once, since the store writes what comes together in one go: one
    /// after the other, tokens would end more slowly than they can be made.
    func forEachSideBySide(
        _ keys: [TokenKey],
        _ work: @escaping @Sendable (TokenKey) async throws(BackendFailure) -> Void
    ) async throws(BackendFailure) {
        let failure = await withTaskGroup(of: BackendFailure?.self) { group in
            var first: BackendFailure?
            for (index, key) in keys.enumerated() {
                if index >= KernelLimits.revocationsOfTokensAtOnce {
                    first = await group.next().flatMap { $0 } ?? first
                }
                group.addTask {
                    do throws(BackendFailure) { try await work(key) } catch { return error }
                    return nil
                }
            }
            for await failure in group { first = first ?? failure }
            return first
        }
        if let failure { throw failure }
    }
}
