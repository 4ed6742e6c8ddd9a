// Order in storage, when an operator asks for it.

internal import Logging
internal import Synchronization

extension Leases {
    /// False while a tidy is under way.
    func beginTidy() -> Bool { isTidying.exchange(true, ordering: .acquiring) == false }

    /// Ends the leases whose token is gone. Storing them together with their token's condition
    /// leaves none; what was restored from elsewhere might.
    func tidy(_ tokens: TokenStore) async {
        defer { isTidying.store(false, ordering: .releasing) }
        var (seen, ended) = (0, 0)
        do throws(BackendFailure) {
            try await store.forEachID(below: "") { id throws(BackendFailure) in
                guard let lease = try store.find(id) else { return }
                seen += 1
                let home = lease.entry.tokenNamespace
                guard let token = lease.entry.token,
                    let owner = home.isEmpty ? tokens : tokens.directory.loadedTokens(home),
                    try owner.find(token).map({ $0.entry.isRevoking }) ?? true
                else { return }
                try await store.expire([id], forgettingToken: true)
                ended += 1
            }
            logger.info(
                "leases were tidied", metadata: ["leases": "\(seen)", "ended": "\(ended)"])
        } catch {
            logger.error("tidying leases failed", metadata: ["error": "\(error.message)"])
        }
    }
}
