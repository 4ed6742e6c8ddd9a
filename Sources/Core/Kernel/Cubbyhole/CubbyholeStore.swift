// Private entries of tokens: each token has a place that no other token sees, root included.

internal import Barrier

/// Entries below `<namespace>/cubbyhole/<token>/`; they go with their token.
final class CubbyholeStore: Sendable {
    private let barrier: Barrier
    private let tokens: TokenStore

    init(barrier: Barrier, tokens: TokenStore) {
        self.barrier = barrier
        self.tokens = tokens
    }

    /// The token's own storage.
    func storage(of token: StoredToken) -> MountStorage {
        MountStorage(barrier: barrier, prefix: tokens.cubbyholePath(token.key))
    }

    /// Writes an entry, if the token is still there: what is written for a token that is revoked
    /// meanwhile would outlive it.
    func put(_ path: String, _ value: [UInt8], of token: StoredToken) async throws(BackendFailure) {
        try MountStorage.check(path)
        // A token that was renewed or used meanwhile is another revision of the same one.
        for _ in 0..<Self.attempts {
            guard let current = try tokens.find(token.key), !current.entry.isRevoking else {
                throw RequestPipeline.permissionDenied
            }
            var batch = BarrierBatch()
            batch.preconditions.append((tokens.idPath(token.key), current.revision))
            batch.puts.append((tokens.cubbyholePath(token.key) + path, value))
            do throws(BarrierError) {
                _ = try await barrier.commit(batch)
                return
            } catch {
                guard case .conflict = error.code else { throw BackendFailure(error) }
                tokens.cache.invalidate(token.key)
            }
        }
        throw BackendFailure(
            .unavailable, "a concurrent change won; try again", retryAfterSeconds: 1)
    }

    private static let attempts = 16

    func delete(_ path: String, of token: StoredToken) async throws(BackendFailure) {
        try MountStorage.check(path)
        try await barrier.delete(tokens.cubbyholePath(token.key) + path)
    }
}
