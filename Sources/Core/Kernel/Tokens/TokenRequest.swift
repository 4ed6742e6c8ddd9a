// A wish for a token, checked and complete but for its lifetime and its secret.

internal import Network

/// What a token is to be; who may wish for what was decided before.
struct TokenRequest: Sendable {
    /// A token id of the caller's own choice; empty for a random one.
    var id = ""
    var kind = TokenKind.service
    var policies: [String] = []
    var metadata: [String: String] = [:]
    var isRenewable = true
    var ttlSeconds: Int64 = 0
    /// What a login gives when nothing is asked for, and its maximum.
    var usualTTLSeconds: Int64 = 0
    var maxTTLSeconds: Int64 = 0
    var explicitMaxTTLSeconds: Int64 = 0
    var periodSeconds: Int64 = 0
    var numberOfUses: Int64 = 0
    var displayName = ""
    var path = "auth/token/create"
    var entityID = ""
    var boundCIDRs: [CIDRBlock] = []
    var role = ""
    var login: TokenLogin?
    var origin = TokenOrigin()
}

extension TokenRequest {
    /// The token's record. Warnings say where it got less than was asked for.
    func entry(
        parent: TokenReference?, mount: MountLifetimes, now: Int64
    ) throws(BackendFailure) -> (entry: TokenEntry, warnings: [String]) {
        var warnings: [String] = []
        var explicitMax = explicitMaxTTLSeconds
        if explicitMax > mount.maxTTL && periodSeconds == 0 {
            warnings.append(
                "Explicit max TTL of \"\(explicitMax)\" seconds is greater than system/mount "
                    + "allowed value; value is being capped to \"\(mount.maxTTL)\" seconds")
            explicitMax = mount.maxTTL
        }
        var ttl = explicitMax
        if ttlSeconds > 0 || periodSeconds > 0 || policies != [PolicyName.root.text] {
            let grant = try TokenLifetime(
                asked: ttlSeconds, usual: usualTTLSeconds, period: periodSeconds,
                maximum: maxTTLSeconds, explicitMaximum: explicitMax, mount: mount
            ).grant(start: now, now: now)
            ttl = grant.seconds
            warnings += grant.warnings
        }
        // Only root lives for ever; renewing what has no end, or binding it, is refused as well.
        let isEndless = ttl == 0
        let expires = isEndless ? 0 : TokenEntry.time(now, plus: ttl)
        var entry = TokenEntry(
            accessor: "", policies: policies, path: path, displayName: displayName,
            metadata: metadata, createdAt: now, ttlSeconds: ttl, creationTTLSeconds: ttl,
            explicitMaxTTLSeconds: explicitMax, periodSeconds: periodSeconds, expiresAt: expires,
            lastRenewedAt: 0, usesLeft: numberOfUses,
            isRenewable: isRenewable && !isEndless && kind == .service,
            parent: parent?.text ?? "", isRevoking: false)
        entry.entityID = entityID
        entry.kind = kind
        entry.boundCIDRs = isEndless ? [] : boundCIDRs
        entry.role = role
        entry.login = login
        return (entry, warnings)
    }
}
