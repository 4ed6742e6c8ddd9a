// Going through all tokens for those that were made below a path.

internal import Barrier
internal import Cryptography

extension TokenStore {
    /// What is done to a token that was found.
    enum End: Sendable {
        /// It opens nothing any more, and that is durable; the sweep does the rest.
        case marked
        /// It is gone, and all its descendants are.
        case complete
    }

    /// The token leases' ids directly below a folder, and the folders there, in byte order and at
    /// most `limit` of them.
    func leaseNames(below path: String, limit: Int) async throws(BackendFailure) -> [String] {
        guard Self.mayHoldTokens(path) else { return [] }
        let folder = LeaseWalk.folder(path)
        var names: Set<String> = []
        try await forEachToken { tokens throws(BackendFailure) in
            for token in tokens {
                guard let lease = Self.lease(of: token)?.text,
                    lease.utf8.starts(with: folder.utf8)
                else { continue }
                let rest = lease.utf8.dropFirst(folder.utf8.count)
                let end = rest.firstIndex(of: UInt8(ascii: "/")).map { rest.index(after: $0) }
                if let name = String(rest[..<(end ?? rest.endIndex)]) { names.insert(name) }
            }
            // Memory stays bounded by what is shown, however many there are.
            if names.count > 2 * limit { names = Set(Self.sorted(names).prefix(limit)) }
        }
        return Array(Self.sorted(names).prefix(limit))
    }

    /// Ends the tokens that were made below a path, or the one that the path is the lease of.
    func end(below path: String, _ end: End) async throws(BackendFailure) {
        if let lease = TokenLease(path), let token = try find(lease) {
            return try await self.end([token.key], end)
        }
        guard Self.mayHoldTokens(path) else { return }
        let folder = LeaseWalk.folder(path)
        try await forEachToken { tokens throws(BackendFailure) in
            let found = tokens.filter {
                Self.lease(of: $0)?.text.utf8.starts(with: folder.utf8) ?? false
            }
            try await self.end(found.map(\.key), end)
        }
    }

    /// Ends all tokens that an auth method let in, whatever its path was at that time.
    func endAll(ofMount id: UUID128, route: String) async throws(BackendFailure) {
        try await forEachToken { tokens throws(BackendFailure) in
            let found = tokens.filter {
                $0.entry.login?.mountID == id || $0.entry.path.utf8.starts(with: route.utf8)
            }
            try await self.end(found.map(\.key), .complete)
        }
    }

    private func end(_ keys: [TokenKey], _ end: End) async throws(BackendFailure) {
        try await forEachSideBySide(keys) { key throws(BackendFailure) in
            switch end {
            case .marked: _ = try await self.mark(key)
            case .complete: try await self.revoke(key)
            }
        }
    }

    /// Tokens are made below `auth/`, but for those that wrap a response, which have the path of
    /// the request. These are short-lived; what they wrap ends by its own lease.
    private static func mayHoldTokens(_ path: String) -> Bool {
        let (folder, all) = (LeaseWalk.folder(path), "auth/")
        return folder.utf8.starts(with: all.utf8) || all.utf8.starts(with: folder.utf8)
    }

    private static func sorted(_ names: Set<String>) -> [String] {
        names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static let pageTokens = 512

    /// All tokens, some at a time; a page is read when the one before it is done. Read past the
    /// cache, where the tokens in use are.
    func forEachToken(
        _ body: ([StoredToken]) async throws(BackendFailure) -> Void
    ) async throws(BackendFailure) {
        var after = ""
        while true {
            let names = try names("id/", after: after, limit: Self.pageTokens)
            var tokens: [StoredToken] = []
            for name in names {
                guard let key = TokenKey(text: name), let stored = try barrier.read(idPath(key))
                else { continue }
                let entry = try TokenEntry(decoding: stored.value)
                tokens.append(StoredToken(key: key, entry: entry, revision: stored.revision))
            }
            try await body(tokens)
            guard names.count == Self.pageTokens, let last = names.last else { return }
            after = last
            await Task.yield()
        }
    }
}
