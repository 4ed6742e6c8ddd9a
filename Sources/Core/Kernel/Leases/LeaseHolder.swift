// The token that a lease ends with, while the lease is being stored.

internal import Barrier

struct LeaseHolder: Sendable {
    let token: StoredToken
    let home: TokenStore

    /// The lease is stored on the condition that the token is what it was, and the token's own
    /// namespace hears of a lease in another one.
    func add(to batch: inout BarrierBatch, leaseIn namespace: Namespace) {
        batch.preconditions.append((home.idPath(token.key), token.revision))
        if home.namespace.id != namespace.id {
            batch.puts.append((home.elsewherePath(token.key, namespace.id), []))
        }
    }
}
