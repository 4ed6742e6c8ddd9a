// Making a token: what was asked for, checked against who asks, becomes an entry.

internal import Clock
internal import Cryptography
internal import Paths

/// A wish for a token, after its fields were read and before anything was checked.
struct TokenRequest: Sendable {
    /// A token id of the caller's own choice; only root may choose.
    var id: String = ""
    var policies: [String] = []
    var metadata: [String: String] = [:]
    var hasNoParent = false
    var hasNoDefaultPolicy = false
    var isRenewable = true
    var ttlSeconds: Int64 = 0
    var explicitMaxTTLSeconds: Int64 = 0
    var periodSeconds: Int64 = 0
    var numberOfUses: Int64 = 0
    var displayName = ""
    var path = "auth/token/create"
}

/// A token that was just made; the only time its secret is seen.
struct IssuedToken: Sendable {
    let secret: SecretBytes
    let entry: TokenEntry
    let warnings: [String]
}

extension TokenStore {
    /// A service token's text. 24 of 62 characters are 142 bits; secret scanners know the prefix.
    static func randomID() -> String { "hvs." + Base62.random(24) }

    /// Makes and stores a token with `parent` as its parent, or none.
    func issue(
        _ request: TokenRequest, parent: StoredToken?, mountDefaultTTL: Int64, mountMaxTTL: Int64,
        now: Int64
    ) async throws(BackendFailure) -> IssuedToken {
        var warnings: [String] = []
        let isRoot = request.policies == ["root"]
        var ttl = request.ttlSeconds
        var expires: Int64 = 0
        if request.periodSeconds > 0 {
            ttl = request.periodSeconds
            if ttl > mountMaxTTL && mountMaxTTL > 0 {
                ttl = mountMaxTTL
                warnings.append(Self.capWarning(request.periodSeconds, mountMaxTTL))
            }
        } else if !(isRoot && ttl == 0) {
            if ttl == 0 { ttl = mountDefaultTTL }
            if ttl > mountMaxTTL {
                warnings.append(Self.capWarning(ttl, mountMaxTTL))
                ttl = mountMaxTTL
            }
        }
        var explicitMax = request.explicitMaxTTLSeconds
        if explicitMax > mountMaxTTL && request.periodSeconds == 0 {
            warnings.append(
                "Explicit max TTL of \"\(explicitMax)\" seconds is greater than system/mount "
                    + "allowed value; value is being capped to \"\(mountMaxTTL)\" seconds")
            explicitMax = mountMaxTTL
        }
        if explicitMax > 0 { ttl = ttl == 0 ? explicitMax : min(ttl, explicitMax) }
        if ttl > 0 { expires = Timestamp(seconds: now).adding(seconds: ttl).seconds }

        let secret =
            request.id.isEmpty
            ? SecretBytes(utf8: Self.randomID()) : SecretBytes(utf8: request.id)
        let entry = TokenEntry(
            accessor: Base62.random(24),
            policies: request.policies, path: request.path, displayName: request.displayName,
            metadata: request.metadata, createdAt: now, ttlSeconds: ttl, creationTTLSeconds: ttl,
            explicitMaxTTLSeconds: explicitMax, periodSeconds: request.periodSeconds,
            expiresAt: expires, lastRenewedAt: 0, usesLeft: request.numberOfUses,
            isRenewable: request.isRenewable && expires != 0,
            parent: parent?.key.text ?? "", isRevoking: false)
        let key = self.key(of: secret)
        guard try find(key) == nil else {
            throw BackendFailure(.invalidRequest, "cannot create a token with a duplicate ID")
        }
        try await insert(entry, key: key, parent: parent)
        return IssuedToken(secret: secret, entry: entry, warnings: warnings)
    }

    private static func capWarning(_ asked: Int64, _ cap: Int64) -> String {
        let asked = DurationText.text(seconds: Int(asked))
        let cap = DurationText.text(seconds: Int(cap))
        return "TTL of \"\(asked)\" exceeded the effective max_ttl of \"\(cap)\"; "
            + "TTL value is capped accordingly"
    }

    /// Extends a token's life by `increment` seconds from now, within its maxima.
    func renew(
        _ key: TokenKey, increment: Int64, mountDefaultTTL: Int64, mountMaxTTL: Int64, now: Int64
    ) async throws(BackendFailure) -> (entry: TokenEntry, warnings: [String]) {
        while let token = try findLive(key, now: now) {
            var entry = token.entry
            guard entry.isRenewable, entry.expiresAt != 0 else {
                throw BackendFailure(.invalidRequest, "lease is not renewable")
            }
            var warnings: [String] = []
            var ttl = increment > 0 ? increment : entry.creationTTLSeconds
            if entry.periodSeconds > 0 { ttl = entry.periodSeconds }
            if ttl == 0 { ttl = mountDefaultTTL }
            // A lease about to end can never be renewed past what it was allowed at its birth.
            var latest = Int64.max
            if entry.periodSeconds == 0 {
                latest = Timestamp(seconds: entry.createdAt).adding(seconds: mountMaxTTL).seconds
            }
            if entry.explicitMaxTTLSeconds > 0 {
                latest = min(
                    latest,
                    Timestamp(seconds: entry.createdAt)
                        .adding(seconds: entry.explicitMaxTTLSeconds).seconds)
            }
            var expires = Timestamp(seconds: now).adding(seconds: ttl).seconds
            if expires > latest {
                expires = latest
                warnings.append(Self.capWarning(ttl, max(0, latest - now)))
            }
            entry.expiresAt = max(expires, now + 1)
            entry.ttlSeconds = entry.expiresAt - now
            entry.lastRenewedAt = now
            if try await replace(token, with: entry) { return (entry, warnings) }
        }
        throw BackendFailure(.permissionDenied, "permission denied")
    }

    /// Takes one of a limited number of uses, exactly, however many ask at once. `nil` if none is
    /// left.
    ///
    /// The last use leaves `usesLeft` at -1: the request it is for still runs, and the token is
    /// revoked after it.
    func consumeUse(_ token: StoredToken, now: Int64) async throws(BackendFailure) -> StoredToken? {
        var current: StoredToken? = token
        while let token = current {
            var entry = token.entry
            entry.usesLeft = entry.usesLeft == 1 ? -1 : entry.usesLeft - 1
            if try await replace(token, with: entry) {
                return StoredToken(key: token.key, entry: entry, revision: token.revision)
            }
            current = try findLive(token.key, now: now)
        }
        return nil
    }
}
