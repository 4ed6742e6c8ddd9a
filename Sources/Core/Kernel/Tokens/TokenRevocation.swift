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
        var stack: [(key: TokenKey, areChildrenDone: Bool)] = [(key, false)]
        while let (current, areChildrenDone) = stack.popLast() {
            if areChildrenDone {
                if let token = try find(current) { try await remove(token) }
                continue
            }
            stack.append((current, true))
            let base = stack.count
            let children = try names(
                "parent/\(current.text)/", after: "", limit: KernelLimits.listPageEntries)
            for name in children {
                guard let child = TokenKey(text: name) else { continue }
                if try await mark(child) {
                    stack.append((child, false))
                } else {
                    try await removeParentIndex(parent: current, child: child)
                }
            }
            // More children than one page: this token is looked at again when these are gone.
            if children.count == KernelLimits.listPageEntries {
                stack.insert((current, false), at: base)
            }
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
                guard let child = TokenKey(text: name) else { continue }
                while let token = try find(child) {
                    var entry = token.entry
                    entry.parent = ""
                    if try await replace(token, with: entry) { break }
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

    private func removeParentIndex(parent: TokenKey, child: TokenKey) async throws(BackendFailure) {
        try await barrier.delete(parentPath(parent.text, child))
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
