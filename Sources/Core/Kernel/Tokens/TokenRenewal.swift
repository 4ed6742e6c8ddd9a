// A longer life for a token, as far as whoever made it still agrees.

internal import Clock
internal import Cryptography
internal import JSON
internal import Paths

/// What bounds a renewal, as it is at the time of the renewal: a changed role or login counts.
struct RenewalTerms: Sendable {
    var lifetime: TokenLifetime
    /// What the auth method wants to be asked with the next time.
    var login: TokenLogin?
}

extension TokenStore {
    /// Extends a token's life from now on.
    ///
    /// - Parameter terms: called once with the token as it is.
    func renew(
        _ key: TokenKey, now: Int64,
        terms: (TokenEntry) async throws(BackendFailure) -> RenewalTerms
    ) async throws(BackendFailure) -> (entry: TokenEntry, warnings: [String]) {
        guard let first = try findLive(key, now: now) else {
            throw BackendFailure(.invalidRequest, "token not found")
        }
        let entry = first.entry
        if entry.isBatch { throw BackendFailure(.invalidRequest, "batch tokens cannot be renewed") }
        guard entry.isRenewable, entry.expiresAt != 0 else {
            throw BackendFailure(.invalidRequest, "lease is not renewable")
        }
        let terms = try await terms(entry)
        // The auth method may have taken its time, in which the token was used or ended.
        while let token = try findLive(key, now: Timestamp.now.seconds) {
            var entry = token.entry
            let grant = try terms.lifetime.grant(start: entry.createdAt, now: now)
            entry.expiresAt = TokenEntry.time(now, plus: grant.seconds)
            entry.ttlSeconds = grant.seconds
            entry.periodSeconds = terms.lifetime.period
            entry.lastRenewedAt = now
            entry.login = terms.login
            if try await replace(token, with: entry) { return (entry, grant.warnings) }
        }
        throw RequestPipeline.permissionDenied
    }
}

extension Core {
    /// The terms of a token's renewal: its role's or its auth method's, if it came of one.
    func renewalTerms(
        _ entry: TokenEntry, increment: Int64, _ state: NamespaceState
    ) async throws(BackendFailure) -> RenewalTerms {
        if let login = entry.login {
            return try await renewalTerms(entry, login, increment: increment, state)
        }
        var lifetime = TokenLifetime(
            asked: increment, usual: entry.creationTTLSeconds, period: entry.periodSeconds,
            explicitMaximum: entry.explicitMaxTTLSeconds, mount: state.tokenLifetimes)
        if !entry.role.isEmpty {
            guard let role = try state.tokenRoles.find(entry.role) else {
                throw BackendFailure(
                    .invalidRequest,
                    "original token role \"\(entry.role)\" could not be found, not renewing")
            }
            // The role's period as it is now, within the one that the token was asked for with.
            let own = entry.periodSeconds
            lifetime.period =
                role.periodSeconds > 0 && own > 0
                ? min(role.periodSeconds, own) : role.periodSeconds
            lifetime.narrow(explicitMaximum: role.explicitMaxTTLSeconds)
        }
        return RenewalTerms(lifetime: lifetime, login: nil)
    }

    /// Asks the auth method whether the login still holds.
    private func renewalTerms(
        _ entry: TokenEntry, _ login: TokenLogin, increment: Int64, _ state: NamespaceState
    ) async throws(BackendFailure) -> RenewalTerms {
        guard let mount = state.mounts.mounts(.auth).first(where: { $0.entry.id == login.mountID })
        else {
            throw BackendFailure(
                .invalidRequest, "the auth method that made this token is gone, not renewing")
        }
        let answer = try await askToRenew(entry, login, increment: increment, mount, state)
        var login = login
        var lifetime = TokenLifetime(
            asked: increment, usual: login.ttlSeconds, period: entry.periodSeconds,
            maximum: login.maxTTLSeconds, explicitMaximum: entry.explicitMaxTTLSeconds,
            mount: state.lifetimes(of: mount.entry.settings))
        if let grant = answer.auth {
            login.ttlSeconds = Int64(clamping: grant.ttlSeconds)
            login.maxTTLSeconds = Int64(clamping: grant.maxTTLSeconds)
            if !grant.internalData.isEmpty { login.internalData = grant.internalData }
            lifetime.usual = login.ttlSeconds
            lifetime.maximum = login.maxTTLSeconds
            lifetime.period = Int64(clamping: grant.periodSeconds)
            lifetime.narrow(explicitMaximum: Int64(clamping: grant.explicitMaxTTLSeconds))
            if !entry.entityID.isEmpty {
                try await state.identity.refreshExternalGroups(
                    entry.entityID, groupNames: grant.groupAliases,
                    mountAccessor: mount.entry.accessor)
            }
        }
        return RenewalTerms(lifetime: lifetime, login: login)
    }

    private func askToRenew(
        _ entry: TokenEntry, _ login: TokenLogin, increment: Int64, _ mount: Mount,
        _ state: NamespaceState
    ) async throws(BackendFailure) -> BackendAnswer {
        let backend = try await state.mounts.backend(of: mount)
        let data: JSONValue = [
            "increment": .int(Int(increment)), "policies": .strings(entry.policies),
        ]
        let request = BackendRequest(
            lane: 0, operation: .renew, path: login.path, data: data.encoded(),
            requestID: UUID128(), entityID: entry.entityID, displayName: entry.displayName,
            internalData: login.internalData,
            deadlineNanoseconds: MonotonicClock.nowNanoseconds
                &+ settings.maxRequestSeconds &* 1_000_000_000)
        let outcome = await withCheckedContinuation { waiting in
            backend.handle(request) { waiting.resume(returning: $0) }
        }
        switch outcome {
        case .success(let answer): return answer
        case .failure(let failure):
            guard [.unsupportedPath, .unsupportedOperation].contains(failure.code) else {
                throw failure
            }
            throw BackendFailure(.invalidRequest, "the auth method does not renew its tokens")
        }
    }
}

extension TokenLifetime {
    /// A maximum of the token's own can be made smaller, never larger.
    fileprivate mutating func narrow(explicitMaximum other: Int64) {
        guard other > 0 else { return }
        explicitMaximum = explicitMaximum > 0 ? min(explicitMaximum, other) : other
    }
}
