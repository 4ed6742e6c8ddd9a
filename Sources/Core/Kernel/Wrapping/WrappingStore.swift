// Responses that wait behind a wrapping token, one entry each below `<namespace>/wrapped/`.

internal import Barrier
internal import Clock
internal import Cryptography

/// Makes wrapping tokens and gives what they hold, once.
///
/// A wrapping token is a service token with one use, the policy `response-wrapping` and no parent.
/// Token and response are written in one batch and removed in one batch, so neither is ever without
/// the other.
final class WrappingStore: Sendable {
    private let barrier: Barrier
    private let tokens: TokenStore
    private let maxTTLSeconds: Int64

    init(barrier: Barrier, tokens: TokenStore, maxTTLSeconds: Int64) {
        self.barrier = barrier
        self.tokens = tokens
        self.maxTTLSeconds = maxTTLSeconds
    }

    /// Keeps a response and makes the token that opens it.
    func wrap(
        _ content: WrappedResponse, path: String, ttlSeconds: Int64, now: Int64,
        then: @escaping @Sendable (Result<WrapInfo, BackendFailure>) -> Void
    ) {
        let ttl = max(1, min(ttlSeconds, maxTTLSeconds))
        let number = SerialNumber.next()
        let suffix = tokens.namespace.idSuffix
        let secret = SecretBytes(utf8: TokenText.token(number) + suffix)
        let entry = TokenEntry(
            accessor: TokenText.accessor(number) + suffix, policies: [Self.policy], path: path,
            displayName: "",
            metadata: [:], createdAt: now, ttlSeconds: ttl, creationTTLSeconds: ttl,
            explicitMaxTTLSeconds: ttl, periodSeconds: 0,
            expiresAt: Timestamp(seconds: now).adding(seconds: ttl).seconds, lastRenewedAt: 0,
            usesLeft: 1, isRenewable: false, parent: "", isRevoking: false)
        let key = tokens.key(of: secret)
        var batch = tokens.insertion(of: entry, key: key, parent: nil)
        batch.growth = .bounded
        batch.puts.append((tokens.wrappedPath(key), content.encoded()))
        let info = WrapInfo(token: secret, entry: entry, wrappedAccessor: content.tokenAccessor)
        barrier.commit(batch) { result in
            switch result {
            case .success: then(.success(info))
            case .failure(let error): then(.failure(BackendFailure(error)))
            }
        }
    }

    static let policy = "response-wrapping"

    /// The wrapping token, if it still opens something at `now`.
    func find(_ secret: SecretBytes, now: Int64) throws(BackendFailure) -> StoredToken {
        guard secret.count > 0, secret.count <= KernelLimits.clientTokenBytes,
            let token = try tokens.findLive(tokens.key(of: secret), now: now),
            token.entry.policies == [Self.policy]
        else { throw Self.invalid }
        return token
    }

    static var invalid: BackendFailure {
        BackendFailure(.invalidRequest, "wrapping token is not valid or does not exist")
    }

    /// What the token holds; the token is gone afterwards. Of several who ask at once, one gets it.
    func unwrap(_ token: StoredToken, now: Int64) async throws(BackendFailure) -> WrappedResponse {
        guard try await tokens.consumeUse(token, now: now) != nil else { throw Self.invalid }
        return try await take(token)
    }

    /// As `unwrap`, for a token whose one use was counted already.
    func take(_ token: StoredToken) async throws(BackendFailure) -> WrappedResponse {
        guard let stored = try barrier.read(tokens.wrappedPath(token.key)) else {
            throw Self.invalid
        }
        let content = try WrappedResponse(decoding: stored.value)
        try await tokens.revoke(token.key)
        return content
    }
}
