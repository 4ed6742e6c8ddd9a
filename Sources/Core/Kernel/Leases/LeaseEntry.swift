// What the core remembers of a lease.

internal import Cryptography

/// A secret that ends.
struct LeaseEntry: Sendable, Equatable {
    /// Where the engine is. Not the path: a mount that moves keeps its leases.
    var mount: UUID128
    /// Path of the request, relative to the mount.
    var path: String
    /// The token that it ends with; `nil` when there is none, or none any more.
    var token: TokenKey?
    /// Id of the namespace that the token belongs to; empty if it is the lease's own.
    var tokenNamespace = ""
    var issuedAt: Int64
    var expiresAt: Int64
    /// 0 is "never".
    var lastRenewedAt: Int64 = 0
    /// Lifetime as first granted.
    var ttlSeconds: Int64
    /// The engine's own maximum; 0 leaves it to the mount.
    var maxTTLSeconds: Int64
    /// Whatever is asked, it ends by then; 0 is "no such time". Set for what a batch token made.
    var endsBy: Int64 = 0
    var isRenewable: Bool
    /// Its end was asked for; it cannot be renewed any more.
    var isRevoking = false
    /// When the sweep looks at it: at its end, or for the next attempt. 0 once it is parked.
    var dueAt: Int64
    /// Failed attempts to revoke it.
    var attempts = 0
    /// Why the last attempt failed.
    var failure = ""
    /// What the engine wants back.
    var internalData: [UInt8]

    /// The engine could not revoke it, and nobody tries any more until somebody says so.
    var isParked: Bool { dueAt == 0 }
    func isExpired(at now: Int64) -> Bool { expiresAt <= now }
    func remainingSeconds(at now: Int64) -> Int64 { max(0, expiresAt - now) }
}

/// A lease with the revision it was read at.
struct StoredLease: Sendable {
    let id: LeaseID
    let entry: LeaseEntry
    let revision: UInt64
}
